// Two scenarios as data, for tests.

export const HANDSHAKE = {
  format: 1,
  name: 'three-way-handshake',
  title: 'Three segments',
  duration: '2s',
  hosts: {
    client: { address: '10.0.0.1/24' },
    server: { address: '10.0.0.2/24' },
  },
  links: [{ between: ['client', 'server'], latency: '10ms' }],
  processes: [
    { host: 'server', program: 'server', port: 80, backlog: 8, request: 100, reply: 1000 },
    { host: 'client', program: 'client', to: 'server:80', request: 100, reply: 1000, start: '100ms' },
  ],
  expect: [
    'connects == 1',
    'connect 1 errno == ok',
    'connect 1 latency == 20ms',
    'segments "S" from client to server == 1',
    'segments "S." from server to client == 1',
    'server accept queue max == 1',
    'request 1 bytes == 1000',
    'server TcpPassiveOpens == 1',
    'client TcpActiveOpens == 1',
    'at 105ms client sockets SYN-SENT == 1',
  ],
};

/** A burst of clients at a server that does not accept for 5 s: backlog 1 holds two, the others wait for a second SYN. */
export const ACCEPT_QUEUE_FULL = {
  format: 1,
  name: 'accept-queue-full',
  title: 'A rare request takes more than 1 s',
  duration: '20s',
  hosts: {
    client: { address: '10.0.0.1/24' },
    server: { address: '10.0.0.2/24', sysctls: { 'net.core.somaxconn': 1 } },
  },
  links: [{ between: ['client', 'server'], latency: '10ms' }],
  processes: [
    {
      host: 'server',
      program: 'server',
      port: 80,
      backlog: 511,
      request: 100,
      reply: 1000,
      acceptFrom: '500ms',
    },
    {
      host: 'client',
      program: 'client',
      to: 'server:80',
      request: 100,
      reply: 1000,
      start: '10ms',
      count: 5,
      interval: '50ms',
    },
  ],
  expect: [
    'connects errno ok == 5',
    'server accept queue max == 2',
    'requests slower than 1s == 3',
    'server TcpExtListenOverflows == 3',
    'server TcpExtListenDrops == 3',
    'connect 3 syns at 0s 1s',
    'max request latency >= 1s',
  ],
};
