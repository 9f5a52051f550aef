const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

/**
 * Jest's environment for Node, with the one difference that a worker compiles each file once and not again for every test
 * file that loads it: those with all of Warren in them load some two thousand, and compiling was the greater part of it.
 * What a file does when it runs, it still does anew for each test file, in a realm of that test file's own.
 */
const compiled = new Map();
const compileFunction = vm.compileFunction;

vm.compileFunction = (source, parameters, options) => {
  const { filename, parsingContext } = options;
  if (parsingContext === undefined) return compileFunction(source, parameters, options);
  let found = compiled.get(filename);
  if (found?.source !== source) {
    const head = `(function (${parameters.join(', ')}) {`;
    // The callback of jest would keep the first test file's realm alive, and does nothing else than this.
    const importModuleDynamically = () => Promise.reject(new Error(`${filename}: import() of an ES module`));
    const script = new vm.Script(`${head}${source}\n})`, {
      filename,
      columnOffset: -head.length,
      importModuleDynamically,
    });
    found = { source, script };
    compiled.set(filename, found);
  }
  return found.script.runInContext(parsingContext);
};

module.exports = TestEnvironment;
