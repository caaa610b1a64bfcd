// `halfopen calibrate` 的中文输出。

import type { CalibrationStep } from '@halfopen/linux';
import type { CalibrateMessages } from './messages-en.ts';

const STEPS: Readonly<Record<CalibrationStep, string>> = {
  switches: '两个线程轮流运行',
  calls: '从 socket() 到 close() 的各个调用',
  readiness: 'poll() 与 epoll_wait()',
  packets: '经过设备的数据包',
  ports: '端口范围已占满时的 connect()',
};

export const calibrateZh: CalibrateMessages = {
  summary: '测量本机上系统调用、数据包和上下文切换的 CPU 成本',
  ofOut: '同时把成本配置写入该文件，供 run --costs 使用',
  ofJson: '以 JSON 输出成本配置，不输出文本',
  notes: [
    '需要 Linux，以及创建网络命名空间的权限：root，或 unshare -Urn halfopen calibrate。耗时几秒，不留下任何东西。机器越空闲，数字越准。',
  ],
  progress: (step) => `正在测量：${STEPS[step]}`,
  head: (machine) => `本机的 CPU 成本：${machine}`,
  columns: ['成本', '本机', '默认'],
  kept: '本机一栏没有数字的成本未作测量，沿用默认配置。',
  written: (file) => `已写入 ${file}`,
  next: '接下来可以试试',
  nextCommand: (file) => `halfopen run redis-port-exhaustion --costs ${file}`,
  nextOut: 'halfopen calibrate --out costs.json',
  cannotWrite: (file, why) => `无法写入 ${file}：${why}`,
};
