'use strict';
/**
 * Loaded before everything else (`node --require`): the wall clock of this process is off by as many milliseconds as the
 * file WARREN_TEST_CLOCK says, read again ten times a second. Timers and performance.now() are as they were.
 */
const { readFileSync } = require('node:fs');
const { setInterval } = require('node:timers');

const RealDate = Date;
let offsetMs = 0;
const look = () => {
  offsetMs = Number(readFileSync(process.env.WARREN_TEST_CLOCK, 'utf8')) || 0;
};
look();
setInterval(look, 100).unref();

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + offsetMs);
    else super(...parts);
  }
  static now() {
    return RealDate.now() + offsetMs;
  }
};
