import { received } from '../received.js';

export const dynamic = 'force-dynamic';

export function GET() {
  let follower;
  const body = new ReadableStream({
    start(controller) {
      follower = ({ topic, payload }) => controller.enqueue(`data: ${topic} ${JSON.stringify(payload)}\n\n`);
      received.followers.add(follower);
      controller.enqueue(': open\n\n');
    },
    cancel: () => received.followers.delete(follower),
  });
  return new Response(body.pipeThrough(new TextEncoderStream()), {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  });
}
