/**
 * Foreign judges of contracts, in a process of their own: reads documents as an array of JSON on standard input and says on
 * standard output what is wrong with each, as an array of arrays of text.
 */
import { text } from 'node:stream/consumers';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Parser } from '@asyncapi/parser';

const parser = new Parser();
// Whose licence events have is not for us to say.
const config = await createConfig({ extends: ['recommended'], rules: { 'info-license': 'off' } });

async function judgeOpenApi(source) {
  const found = await lintFromString({ source, config });
  return found.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer ?? ''}: ${message}`);
}

async function judgeAsyncApi(source) {
  const { document, diagnostics } = await parser.parse(source);
  return (
    diagnostics
      // 3.0 is what is meant.
      .filter(({ code }) => code !== 'asyncapi-latest-version')
      .map(({ code, message, path }) => `${code} ${path.join('/')}: ${message}`)
      .concat(document ? [] : ['it was not taken'])
  );
}

const verdicts = [];
for (const document of JSON.parse(await text(process.stdin))) {
  const source = JSON.stringify(document);
  verdicts.push(await ('asyncapi' in document ? judgeAsyncApi(source) : judgeOpenApi(source)));
}
process.stdout.write(JSON.stringify(verdicts));
