// What `halfopen sweep` says, in Chinese; words follow the glossary of the main catalogue.

import type { SweepMessages } from './messages-en.ts';

export const sweepZh: SweepMessages = {
  summary: '用一组组设置运行同一场景，并作比较',
  ofScenario: '场景库中的场景（halfopen list），或 YAML、JSON 文件',
  ofVary: '要改变的设置和它的值；可重复，所有组合都会运行',
  ofShow: '要显示的量，写法同期望的左边：max request latency；可重复',
  ofSeeds: '每个组合用 N 个种子运行，显示 最小/中位/最大（默认 1）',
  ofJobs: '线程数（默认每个 CPU 一个）；结果与它无关',
  notes: [
    'KEY 是 HOST:SYSCTL（server:net.core.somaxconn）、kernel、seed，或场景中的路径：',
    'processes.0.backlog、processes.client.count、links.0.loss、duration。',
    '值用逗号分开；1..10 表示其中每个整数，1..1000x2 逐次加倍：1、2、4……512。',
    '不给 --show 时，各列就是场景的期望所比较的量。',
    '退出码：0 全部运行完（这里期望未满足只是数据），2 用法有误，3 无法运行。',
  ],

  needsVary: '要改变什么？请给出 --vary KEY=VALUE,VALUE',
  varyHint: '--vary server:net.core.somaxconn=1,4,16',
  badVary: (item) => `--vary ${item}：应为 KEY=VALUE,VALUE`,
  emptyValue: (item) => `--vary ${item}：有一个值是空的`,
  valueTwice: (item, value) => `--vary ${item}：${value} 出现了两次`,
  backwards: (item, range) => `--vary ${item}：${range} 的终点在起点之前`,
  noGrowth: (item, range) => `--vary ${item}：${range} 不会增长；起点应大于 0，倍数至少为 2`,
  tooManyValues: (item, max) => `--vary ${item}：超过 ${max} 个值`,
  tooManyRuns: (runs, max) => `--vary、--seeds：${runs} 次运行太多，最多 ${max} 次`,
  keyTwice: (key) => `--vary ${key}：给了两次；请把所有的值写在一处`,
  badSeed: (item, value, max) => `--vary ${item}：应为 0 到 ${max} 的整数，实为 ${value}`,
  unknownKey: (key, tops) => `--vary ${key}：应为 HOST:SYSCTL、kernel、seed，或以 ${tops} 之一开头的路径`,
  noEntry: (key, part, list, length, names) =>
    `--vary ${key}：${list} 中没有 ${part}；${length === 0 ? '它是空的' : `它有 0 到 ${length - 1}`}${
      names === '' ? '' : `（${names}）`
    }`,
  noHost: (key, part, hosts) => `--vary ${key}：没有主机 ${part}；有 ${hosts}`,
  notInside: (key, part, path) => `--vary ${key}：${path} 只是一个值，里面没有 ${part}`,
  emptyPart: (key) => `--vary ${key}：路径中有一段是空的`,
  didYouMean: (name) => `是不是想用 ${name}？`,
  badShow: (text, column, expected) => `--show '${text}'：应为 ${expected}（第 ${column} 列）`,
  showHint: '写法同期望的左边，例如：server accept queue max',
  badCount: (option, got, max) => `${option} ${got}：应为 1 到 ${max} 的整数`,
  seedsWithSeed: '--seeds 不能与 --vary seed 同用',
  runFailed: (where, why) => `${where}：运行中断：${why}`,

  progress: (done, all) => `已完成 ${done}/${all} 次运行`,
  grid: (key, values) => `${key} = ${values}`,
  runs: (runs, seed) => `${runs} 次运行，种子 ${seed}`,
  runsOfSeeds: (runs) => `${runs} 次运行`,
  seeded: (cells, seeds, first, last, runs) =>
    `${cells} 个组合，各 ${seeds} 个种子（${first} 到 ${last}）：${runs} 次运行；格中为 最小/中位/最大`,
  held: '期望 满足',
  same: (list) => `每次运行都相同：${list}`,
  separator: '；',
  comma: '、',
  changes: '* 行为在这里变化',
  unlike: (there, before) => `${there}，与 ${before} 不同：`,
  to: {
    zero: (list) => `变为 0：${list}`,
    some: (list) => `变为大于 0：${list}`,
    fast: (list) => `变为不超过 1 s：${list}`,
    slow: (list) => `变为超过 1 s：${list}`,
    other: (list) => `变为别的：${list}`,
    held: '期望变为全部满足',
    failed: '期望变为不全满足',
  },
  moreChanges: (n) => `……还有 ${n} 处；--json 显示全部`,
  noChange: '没有哪个量变为零或离开零，也没有哪个时间越过 1 s。',
  failedIsData: '期望说的是场景原样运行的情形；未满足之处，行为已经不同。',
};
