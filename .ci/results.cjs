/** Reads what jest wrote: the files that failed, or the counts of a whole run and of the second run of its failed files. */
const { existsSync, readFileSync } = require('node:fs');
const { join, relative } = require('node:path');

const read = (file) => JSON.parse(readFileSync(file, 'utf8')).testResults;
const failedOf = (results) => results.filter(({ status }) => status === 'failed');
const count = (results, wanted) =>
  results.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => status === wanted)
    .length;
/** A file that broke before its first test is one failure. */
const broken = (results) =>
  failedOf(results).filter(({ assertionResults }) => assertionResults.length === 0).length;

function printFailed(file) {
  if (existsSync(file)) for (const { name } of failedOf(read(file))) console.log(name);
}

function printCounts(folder, checks) {
  const [all, again] = ['all.json', 'again.json'].map((name) => join(folder, name));
  if (!existsSync(all)) return console.log('0 passed, 1 failed');
  const second = existsSync(again) ? read(again) : [];
  const results = read(all).map((first) => second.find(({ name }) => name === first.name) ?? first);
  for (const { name, assertionResults } of failedOf(read(all))) {
    for (const { status, fullName } of assertionResults) {
      if (status === 'failed') console.log(`failed in the whole run: ${relative('.', name)} › ${fullName}`);
    }
  }
  const failed = count(results, 'failed') + broken(results) + (checks === '0' ? 0 : 1);
  console.log(`${count(results, 'passed')} passed, ${failed} failed`);
}

const [what, where, checks] = process.argv.slice(2);
if (what === 'failed') printFailed(where);
else printCounts(where, checks);
