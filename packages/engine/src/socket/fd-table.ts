// Processes and their open files: descriptor numbers, O_NONBLOCK, and who still holds a socket. Descriptors 0 to 2 are
// the standard streams, which the engine does not model: they exist and are no sockets. A file of socket 0 is a
// datagram socket, which exists only so that TCP's calls can refuse it; a file of a negative number is something that
// the owner keeps (an epoll instance), and that takes a descriptor here. A call that sleeps holds its file, as fdget()
// does where threads share a table: another thread may close the descriptor meanwhile, and the socket lives on.
// Leaves out dup(), descriptor passing and the system-wide file limit (ENFILE).

import { fail, OK, ok, type Result } from '../errno.ts';
import { InvariantError } from '../invariant.ts';
import type { Sock } from '../sock.ts';
import { closeSock } from '../tcp/close.ts';
import type { Netns, OpenFile, Task } from '../tcp/netns.ts';
import { closeListener } from './listening.ts';
import type { TaskOptions } from './types.ts';

/** First descriptor after stdin, stdout and stderr. */
const FIRST_FD = 3;
/** Usual soft RLIMIT_NOFILE. Source: INR_OPEN_CUR, include/uapi/linux/fs.h v6.18. */
const NOFILE_DEFAULT = 1024;

/** `OpenFile.sock` of a socket that is not TCP's. */
export const NOT_TCP = 0;

/** Makes a process with an empty file table and gives its id. @kernel copy_files kernel/fork.c v6.18 simplified */
export function createTask(net: Netns, options: TaskOptions = {}): number {
  const id = net.nextTask++;
  const uid = options.uid ?? 0;
  net.tasks.set(id, {
    id,
    files: new Array<null>(FIRST_FD).fill(null),
    held: [],
    nofile: options.nofile ?? NOFILE_DEFAULT,
    uid,
    mayBindLow: options.mayBindLow ?? uid === 0,
    firstFd: FIRST_FD,
    nextFd: FIRST_FD,
  });
  return id;
}

/** The process of an id. An unknown id is a bug of the owner, not an errno: InvariantError. @kernel current arch/x86/include/asm/current.h v6.18 simplified */
export function taskOf(net: Netns, task: number): Task {
  const found = net.tasks.get(task);
  if (found === undefined) throw new InvariantError(`no task ${task}`);
  return found;
}

/** First number of a held file; -1 stays what it is for every program, no descriptor at all. */
const HELD_FD = -2;

/** The open file of a descriptor, or null. @kernel files_lookup_fd_rcu include/linux/fdtable.h v6.18 */
export const openFile = (task: Task, fd: number): OpenFile | null =>
  (fd >= 0 ? task.files[fd] : task.held[HELD_FD - fd]) ?? null;

/** The open file of a descriptor: EBADF when none, ENOTSOCK for what is no socket. @kernel sockfd_lookup net/socket.c v6.18 */
export function fileOf(task: Task, fd: number): Result<OpenFile> {
  const file = openFile(task, fd);
  if (file !== null) return file.sock < NOT_TCP ? fail('ENOTSOCK') : ok(file);
  return fail(fd >= 0 && fd < task.firstFd ? 'ENOTSOCK' : 'EBADF');
}

/** The record of a socket id. @kernel sock_from_file net/socket.c v6.18 simplified */
export function sockById(net: Netns, id: number): Sock {
  const sk = net.socks.get(id);
  if (sk === undefined) throw new InvariantError(`no socket ${id}`);
  return sk;
}

/**
 * The TCP socket of a descriptor: EBADF, ENOTSOCK, or EOPNOTSUPP for a datagram socket, on which the engine offers
 * nothing. @kernel sockfd_lookup net/socket.c v6.18
 */
export function sockOf(net: Netns, task: number, fd: number): Result<Sock> {
  const file = fileOf(taskOf(net, task), fd);
  if (!file.ok) return file;
  return file.value.sock === NOT_TCP ? fail('EOPNOTSUPP') : ok(sockById(net, file.value.sock));
}

/** Lowest free descriptor below RLIMIT_NOFILE, not yet taken; EMFILE. @kernel alloc_fd fs/file.c v6.18 */
export function reserveFd(task: Task): Result<number> {
  while (openFile(task, task.nextFd) !== null) task.nextFd++;
  return task.nextFd >= task.nofile ? fail('EMFILE') : ok(task.nextFd);
}

/** Opens a descriptor on a socket and takes a reference. @kernel fd_install fs/file.c v6.18 */
export function installFd(net: Netns, task: Task, fd: number, sock: number, nonblock: boolean): void {
  if (openFile(task, fd) !== null) throw new InvariantError(`fd ${fd} is open`);
  task.files[fd] = { sock, nonblock };
  if (sock > NOT_TCP) sockById(net, sock).refs++;
}

/**
 * Keeps the file of a descriptor open for a call that sleeps; gives the number by which the call goes on. EBADF.
 * @kernel fdget include/linux/file.h v6.18
 */
export function holdFile(net: Netns, task: Task, fd: number): Result<number> {
  const file = openFile(task, fd);
  if (file === null) return fail('EBADF');
  const free = task.held.indexOf(null);
  const index = free < 0 ? task.held.length : free;
  task.held[index] = { ...file };
  if (file.sock > NOT_TCP) sockById(net, file.sock).refs++;
  return ok(HELD_FD - index);
}

/** The call is over: whoever closed the descriptor meanwhile has closed the socket now. @kernel fdput include/linux/file.h v6.18 */
export function dropFile(net: Netns, task: Task, held: number): void {
  const file = openFile(task, held);
  if (file === null || held > HELD_FD) throw new InvariantError(`no held file ${held}`);
  task.held[HELD_FD - held] = null;
  putSock(net, file.sock);
}

/** Gives a reference back; the last one closes the socket. @kernel sock_release net/socket.c v6.18 */
function putSock(net: Netns, sock: number): void {
  if (sock <= NOT_TCP) return;
  const sk = sockById(net, sock);
  if (--sk.refs > 0) return;
  if (sk.state === 'LISTEN') closeListener(net, sk);
  else closeSock(net, sk);
}

/**
 * Gives a descriptor back; the last reference closes the socket. EBADF, also for the standard streams, which stay.
 * @kernel file_close_fd fs/file.c v6.18
 */
export function releaseFd(net: Netns, task: Task, fd: number): Result<0> {
  const file = openFile(task, fd);
  if (file === null || fd < 0) return fail('EBADF');
  task.files[fd] = null;
  task.nextFd = Math.min(task.nextFd, fd);
  putSock(net, file.sock);
  return OK;
}

/** The process ends: its sockets close in descriptor order, none lingers. @kernel exit_files kernel/exit.c v6.18 */
export function endTask(net: Netns, task: number): void {
  const ending = taskOf(net, task);
  for (let fd = 0; fd < ending.files.length; fd++) releaseFd(net, ending, fd);
  for (const file of ending.held) if (file !== null) putSock(net, file.sock);
  net.tasks.delete(task);
}
