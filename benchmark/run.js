'use strict';
// Runs one kind of benchmark: `npm run bench -- documents --quick`. README.md says what each compares.

const KINDS = ['events', 'documents', 'webhook'];

const [kind = KINDS[0]] = process.argv.slice(2);
const named = !kind.startsWith('-');
if (named && !KINDS.includes(kind)) {
  console.error(`There is no benchmark ${kind}: name one of ${KINDS.join(', ')}.`);
  process.exit(1);
}
if (named) process.argv.splice(2, 1);

require(`./${named ? kind : KINDS[0]}/run.js`)
  .main()
  .catch((error) => {
    console.error(error.stderr || error);
    process.exitCode = 1;
  });
