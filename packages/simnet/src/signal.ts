// Signals as data: which there are, what each does to a process that says nothing, and what a process has asked for.
// A handler is one that does nothing and returns: what counts here is that a call was interrupted.
//
// Left out: masks (sigprocmask), queues of real-time signals, SIGSTOP and SIGCONT, sigaltstack, SA_RESETHAND, core dumps.
//
// @kernel sig_fatal, sig_kernel_ignore include/linux/signal.h v6.18

/** x86-64 and arm64 numbers. Source: include/uapi/asm-generic/signal.h v6.18. */
export const SIGNALS = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGURG: 23,
  SIGWINCH: 28,
} as const;

export type SignalName = keyof typeof SIGNALS;

export const SIGNAL_NAMES = Object.keys(SIGNALS) as SignalName[];

/** `sa_handler`: the default, nothing at all, or a handler. */
export const SIGNAL_HANDLERS = ['SIG_DFL', 'SIG_IGN', 'catch'] as const;
export type SignalHandler = (typeof SIGNAL_HANDLERS)[number];

/** Flags of sigaction(2). */
export interface SignalFlags {
  /** SA_RESTART: a call that the handler interrupted begins again, where Linux lets it. */
  readonly restart?: boolean;
}

/** struct sigaction. */
export interface SignalAction {
  readonly handler: SignalHandler;
  readonly restart: boolean;
}

/** What the threads of a process have asked for, by signal. */
export type SignalTable = Map<SignalName, SignalAction>;

const DEFAULT: SignalAction = { handler: 'SIG_DFL', restart: false };
const IGNORED: SignalAction = { handler: 'SIG_IGN', restart: false };

/** Programs begin with SIGPIPE ignored, as what a parent ignores stays ignored after execve(). */
export const actionOf = (table: SignalTable | undefined, signal: SignalName): SignalAction =>
  table?.get(signal) ?? (signal === 'SIGPIPE' ? IGNORED : DEFAULT);

const IGNORED_BY_DEFAULT: ReadonlySet<SignalName> = new Set(['SIGCHLD', 'SIGURG', 'SIGWINCH']);

/** What a signal does to a process that gets it. */
export type SignalEffect = 'handler' | 'ignored' | 'terminated';

export function effectOf(signal: SignalName, { handler }: SignalAction): SignalEffect {
  if (handler === 'catch') return 'handler';
  return handler === 'SIG_IGN' || IGNORED_BY_DEFAULT.has(signal) ? 'ignored' : 'terminated';
}

/**
 * What a sleeping call becomes when a signal wakes its thread. `ERESTARTSYS`: it begins again under SA_RESTART, else it is
 * EINTR. `ERESTARTNOHAND`, which stands for ERESTART_RESTARTBLOCK too: EINTR after any handler. An outcome: that one,
 * whatever was asked for. `sleep`: it sleeps on. @kernel handle_signal arch/x86/kernel/signal.c v6.18
 */
export type OnSignal = 'ERESTARTSYS' | 'ERESTARTNOHAND' | 'sleep';

/** How a thread has handled the signals that waited for it. */
export interface Handled {
  /** A handler ran. False: they were ignored by then, or they end the process. */
  readonly ran: boolean;
  /** The first that ran has SA_RESTART. */
  readonly restart: boolean;
}

/** The signals of one thread, as its calls see them. */
export interface ThreadSignals {
  /** Handles all that wait, lowest number first; null: none does. */
  take(): Handled | null;
  /** One that the thread brings on itself by a call. */
  raise(signal: SignalName): void;
  /** sigaction(2). */
  setAction(signal: SignalName, action: SignalAction): void;
  /** kill(2) of a process of the same host by its name; false: there is none, or none any more. */
  kill(process: string, signal: SignalName): boolean;
}
