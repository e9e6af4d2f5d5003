export default {
  testEnvironment: 'node',
  // A limit, not a measure: the machines that run this are slow and shared.
  testTimeout: 60_000,
  // One core is otherwise left free, which of two is half.
  maxWorkers: '100%',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
};
