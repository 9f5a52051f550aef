const { join } = require('node:path');

/** Projects by what they need: unit nothing, integration a broker and a database, e2e all of Warren, browser Chromium, too. */
const project = (displayName) => ({
  displayName,
  rootDir: join(__dirname, '..'),
  // What is outside of these is never imported by name, and looking through it takes a second at each start.
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testEnvironment: join(__dirname, 'compile-once-environment.cjs'),
  testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
  setupFiles: ['reflect-metadata'],
  transform: {
    '^.+\\.(t|j|mj)s$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  // It says how it is imported and not how it is required, which is what an import becomes here.
  moduleNameMapper: {
    // An import on demand names the file that there will be, not the one that there is.
    '^\\./roles/(.*)\\.js$': '<rootDir>/src/roles/$1',
    '^@octokit/webhooks-methods$': '<rootDir>/node_modules/@octokit/webhooks-methods/dist-node/index.js',
  },
  // Packages that ship only as ES modules, which jest cannot require.
  transformIgnorePatterns: [
    '/node_modules/(?!(listr2|uuid|canonicalize|jose|log-update|cli-truncate|@octokit/webhooks-methods)/)',
  ],
});

module.exports = {
  projects: ['unit', 'integration', 'e2e', 'browser'].map(project),
  testTimeout: 30_000,
  maxWorkers: 3,
  testSequencer: join(__dirname, 'spread-sequencer.cjs'),
  workerIdleMemoryLimit: '1GB',
};
