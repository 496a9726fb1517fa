import { rolldown } from 'rolldown';
import { gzipSync } from 'node:zlib';
const lib='/work/wt-js-codec/lib/engines/javascript/';
async function size(code){
  const b = await rolldown({ input: 'entry', external:['#host'], plugins:[{name:'e',resolveId(id,from){ if(id==='entry') return id; if(id.startsWith('~')) return lib+id.slice(1);},load(id){ if(id==='entry') return code;}}], treeshake:true, logLevel:'silent'});
  const {output}=await b.generate({format:'esm',minify:true});
  const t=output[0].code; return [t.length, gzipSync(t,{level:9}).length];
}
const tables=['acks','channels','dedupe','interest','outbox','owed-acks','requests','subscriptions','timers'].map(n=>`session/tables/${n}.js`);
const all=[...tables,'session/codec/codec.js','protocol/attachments.js'];
const e=l=>l.map((p,i)=>`export * from '~${p}';`).join('\n');
const total=(await size(e(all)))[1];
for (const f of all) console.log(f, total-(await size(e(all.filter(x=>x!==f))))[1]);
console.log('tables', ...(await size(e(tables))));
console.log('codec+protocol', ...(await size(e(all.slice(-2)))));
console.log('total',...(await size(e(all))));
