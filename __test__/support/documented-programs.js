/** The examples of README.md and the guides, as programs that a compiler checks. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const BLOCK = /^```(js|ts)\n([\s\S]*?)^```/gm;

/** Guides whose blocks are one program: later ones use what earlier ones declare. */
const WHOLE = [
  'docs/collections.md',
  'docs/database.md',
  'docs/messaging.md',
  'docs/observability.md',
  'docs/documents.md',
  'docs/schemas.md',
  'docs/topics.md',
  'docs/typescript.md',
  'docs/waiting.md',
];

/** What blocks use that the text around them declares, or that the reader has. */
const DECLARED = `import type { RealtimeClient } from '@smarterservices/realtime';
import type { LocalPlatform } from '@smarterservices/realtime-local';
declare global {
  var realtime: RealtimeClient;
  var platform: LocalPlatform;
  var token: string, rawBody: string;
  var headers: Record<string, string>;
  var askForLogin: () => void;
  var app: { use(middleware: object): void };
  var express: typeof import('express');
  var assert: typeof import('node:assert/strict');
  var received: import('@smarterservices/realtime').RealtimeEvent[];
  // Of Jest.
  var beforeAll: (setUp: () => unknown) => void, afterAll: (tearDown: () => unknown) => void;
  var test: (name: string, body: () => unknown) => void;
  var expect: (value: unknown) => { toStrictEqual(expected: unknown): void };
  namespace NodeJS {
    interface ProcessEnv {
      DATABASE_URL: string;
      REDIS_URL: string;
      WEBHOOK_SECRET: string;
      WEBHOOK_SECRET_OLD: string;
    }
  }
}
declare module 'node:http' {
  interface IncomingMessage {
    rawBody?: Uint8Array;
  }
}
`;

/** What `realtime types` writes beside the programs of `docs/cli.md`. */
const GENERATED = {
  file: 'topics.d.ts',
  code: "export interface Topics {\n  'order.updated': { orderId: number };\n}\n",
};

/** The pages of error codes are run instead: `errors/pages.test.js`. */
const guides = readdirSync(join(root, 'docs'), { encoding: 'utf8', recursive: true })
  .map((name) => `docs/${name.replaceAll('\\', '/')}`)
  .concat('README.md')
  .filter((path) => path.endsWith('.md') && !path.startsWith('docs/errors/'));

/**
 * @param {'js' | 'ts'} language
 * @returns {{ file: string, code: string }[]} the file is named after the guide and the line
 */
function documentedPrograms(language) {
  return guides.flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const blocks = [...text.matchAll(BLOCK)]
      .filter((block) => block[1] === language)
      .map(({ index, 2: code }) => ({ line: text.slice(0, index).split('\n').length + 1, code }));
    const programs =
      WHOLE.includes(path) && blocks.length > 0
        ? [{ line: blocks[0].line, code: blocks.map(({ code }) => code).join('\n') }]
        : blocks;
    const name = path.replaceAll(/\W/g, '-');
    return programs.map(({ line, code }) => ({
      file: `${name}-line-${line}.m${language}`,
      code: `${code}\nexport {};\n`,
    }));
  });
}

export { DECLARED, documentedPrograms, GENERATED };
