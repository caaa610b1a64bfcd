// What the commands say about runs on the real kernel, in Chinese; words follow the glossary of the main catalogue.

import type { RealMessages } from './messages-en.ts';

export const realZh: RealMessages = {
  ofOn: 'engine（默认）：虚拟时间；linux：在本机内核上，需要 root 或 unshare -Urn',
  badOn: (got) => `--on ${got}：应为 engine 或 linux`,
  notWithLinux: (option) => `${option} 不能与 --on linux 同用`,
  unsupported: (host, sysctl, reason) => `${host}：${sysctl} 未能设置：${reason}`,
  unmeasured: (n) => `这里没有检查：${n} 条关于 CPU 时间或切换的预期`,
  wire: (packets, meanUs, maxUs) => `转发 ${packets} 个报文，平均晚 ${meanUs} us，最多晚 ${maxUs} us`,
  noPriority: '没有使用实时优先级的权限：本机的其他工作会影响时间',
  progress: (percent, name) => `${name}：真实时间的 ${percent}%`,

  tooMuch: (name, workload, packets, carried) =>
    `${name}：规模太大，无法对照：负载 ${workload} 至少要向一台主机发送 ${packets} 个报文，而对照所用的链路在这段时间内只能传送 ${carried} 个`,
  smaller: (commands) => `同样的现象，规模较小：${commands}`,

  summary: '在引擎和真实内核上各运行一次场景，并作比较',
  ofScenario: '场景库中的场景（halfopen list），或 YAML、JSON 文件',
  notes: [
    '引擎采用本机内核的配置、HZ 和 sysctl。比较的内容：报文段（标志、序号、窗口、选项、次序、等待时间，',
    '容许定时器轮的取整）、计数器、系统调用的结果和套接字。已知的差异都有原因；不再出现的也算错误。',
    '需要 root，或用户命名空间：unshare -Urn halfopen diff NAME',
    '退出码：0 没有未解释的差异，1 有，2 用法有误，3 无法比较。',
  ],
  title: (scenario, engine, hz, linux) => `${scenario}：引擎 ${engine}（HZ ${hz}）与 ${linux}`,
  columns: { part: '', compared: '比较', different: '不同', unexplained: '未解释' },
  parts: { segments: '报文段', counters: '计数器', errnos: 'errno', states: '状态', ports: '端口' },
  portStep: (what, at, engine, linux) =>
    `${what}：两边都从第 ${at} 次尝试起取用范围中另一半的端口。${
      engine === null || linux === null
        ? ''
        : `从那里起，一次 connect() 的 CPU 时间在引擎中是之前的 ${engine} 倍，在 Linux 中是 ${linux} 倍。`
    }`,
  unexplained: '未解释的差异',
  explained: '已解释的差异',
  stale: '不再需要的解释',
  engine: '引擎',
  linux: 'linux',
  because: (reason) => `原因：${reason}`,
  more: (n) => `……还有 ${n} 处；--json 显示全部`,
  again: (n) => `${n} 处差异；再运行一次，以防是本机的其他工作造成的`,
  unsteady: (n, runs) => `另有 ${n} 处差异没有在 ${runs} 次运行中都出现；--json 显示它们。`,
  same: '两个内核一致。',
  differ: (n) => `${n} 处未解释的差异。`,
};
