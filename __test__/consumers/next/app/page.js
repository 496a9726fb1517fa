export default function Page() {
  return <p>The webhooks of this site are at /api/webhooks.</p>;
}
