// Property tests draw the same cases each time, so that a change fails on what it did. To look for new ones:
// HALFOPEN_SEED=random npx vitest run packages/simnet (a failure prints its seed, which HALFOPEN_SEED also takes).
import fc from 'fast-check';

const { HALFOPEN_SEED: wish = '1' } = process.env;
if (wish !== 'random' && !/^-?\d{1,10}$/.test(wish))
  throw new Error(`HALFOPEN_SEED is ${JSON.stringify(wish)}; expected 'random' or a whole number`);
if (wish !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wish) });
