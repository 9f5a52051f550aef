const Sequencer = require('@jest/test-sequencer').default;

/**
 * Jest's own order, with the chaos tests spread evenly through it: each starts many processes, so two of them at once
 * would be in each other's way, and one that comes last keeps everybody waiting.
 */
module.exports = class SpreadSequencer extends Sequencer {
  sort(tests) {
    const isHeavy = ({ path }) => /\/chaos-[^/]+$/.test(path);
    const heavy = tests.filter(isHeavy);
    const light = super.sort(tests.filter((test) => !isHeavy(test)));
    const part = Math.ceil(light.length / Math.max(1, heavy.length));
    return heavy
      .flatMap((test, at) => [test, ...light.slice(at * part, (at + 1) * part)])
      .concat(heavy.length === 0 ? light : []);
  }
};
