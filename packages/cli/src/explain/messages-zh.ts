// What `halfopen explain` says around its entries, in Chinese; words follow the glossary of the main catalogue.

import type { Verdict } from '../claims/play.ts';
import type { Group } from './groups.ts';
import type { ExplainMessages } from './messages-en.ts';

const GROUP_NAMES: Readonly<Record<Group, string>> = {
  sysctl: 'sysctl',
  counter: 'nstat 计数器',
  errno: 'errno',
  state: 'ss 显示的 TCP 状态',
  column: 'ss 的列',
  option: '套接字选项',
  log: '内核日志',
};

const WHEN: Readonly<Record<Group, string>> = {
  sysctl: '何时起作用',
  counter: '何时增加',
  errno: '何时返回',
  state: '何时处于此状态',
  column: '何时变化',
  option: '何时起作用',
  log: '何时写出',
};

/** Units of the engine's table. */
export const UNITS_ZH: Readonly<Record<string, string>> = {
  packets: '个报文',
  connections: '个连接',
  bytes: '字节',
  hops: '跳',
  ports: '端口',
  port: '端口',
  switch: '开关',
  shift: '位移',
  'per second': '个/秒',
  mode: '模式',
  bits: '位',
  s: '秒',
  ms: '毫秒',
  us: '微秒',
  probes: '次探测',
  sockets: '个套接字',
  requests: '个请求',
  count: '次',
  retries: '次重传',
  segments: '个报文段',
  timeouts: '次超时',
};

const VERDICTS_ZH: Readonly<Record<Verdict, string>> = {
  true: '成立',
  partly: '部分成立',
  false: '不成立',
};

export const explainZh: ExplainMessages = {
  summary: '解释 sysctl、计数器、errno、状态、套接字选项或内核日志',
  ofTerm: '名字（前缀可省略）、粘贴的一行日志，或 N21、M4 这样的论断；不给则列出分组',
  group: (group) => GROUP_NAMES[group],
  when: (group) => WHEN[group],
  means: '含义',
  kernel: (symbols) => `内核函数或符号：${symbols}`,
  notModelledCounter: '未建模：引擎从不增加这个计数器。',
  notModelled: '未建模：引擎接受它，但不读取。',
  notAnOption: '未建模：引擎没有这个选项。',
  values: '取值',
  texts: '原文',
  range: (min, max, unit) => `${min} 到 ${max}（${unit}）`,
  emptyList: '空列表',
  byDefault: (value, kernels) => `默认 ${value}：Linux ${kernels}`,
  absentBefore: (version) => `${version} 之前没有`,
  errno: (number, says) => `errno ${number}，“${says}”`,
  text: (text, kernels) => `Linux ${kernels}：${text}`,
  mistaken: '常见误解',
  todo: '怎么办',
  versions: '版本差异',
  scenarios: '展示它的场景（halfopen run NAME）',
  more: (n) => `另有 ${n} 个`,
  noScenario: '场景库中暂时没有',
  see: '另见',
  columns: { group: '分组', count: '条目', example: '例如' },
  hint: '解释一个：halfopen explain TERM；全部名字：halfopen explain --json',
  unknown: (term) => `没有关于 ${term} 的说明`,
  nearest: (names) => `最接近的名字：${names}`,
  seeList: 'halfopen explain 列出可以解释的内容',
  unit: (unit) => UNITS_ZH[unit] ?? unit,
  claim: (myth) => (myth ? '流行的说法' : '学习笔记中的论断'),
  verdicts: '运行得出的结论',
  verdict: (verdict, kernels) => `Linux ${kernels}：${verdict === null ? '未测' : VERDICTS_ZH[verdict]}`,
  holds: '实际情况',
  tested: '怎样检验：以下各行成立，论断即成立',
  ownRun: '单独的运行',
};
