// An HTTP/1.x answer as the client sees it: head apart from body, and whether all of the body came. The request is an
// HTTP/1.0 one, so the answer is never chunked: the body ends at Content-Length or at the end of the connection.

/** A head longer than this is no answer that we read. */
const HEAD_MAX = 65_536;

export class HttpResponse {
  /** Null until the head is complete, or when it is no HTTP. */
  status: number | null = null;
  /** Content-Length, or null when the server did not say. */
  contentLength: number | null = null;
  bodyBytes = 0;
  private head: Uint8Array | null = new Uint8Array(0);
  private readonly onBody: (data: Uint8Array) => void;

  constructor(onBody: (data: Uint8Array) => void) {
    this.onBody = onBody;
  }

  receive(data: Uint8Array): void {
    if (this.head === null) {
      this.body(data);
      return;
    }
    this.head = Buffer.concat([this.head, data]);
    const end = Buffer.from(this.head).indexOf('\r\n\r\n');
    if (end < 0 && this.head.length < HEAD_MAX) return;
    const rest = end < 0 ? this.head : this.head.subarray(end + 4);
    this.readHead(Buffer.from(this.head.subarray(0, Math.max(end, 0))).toString('latin1'));
    this.head = null;
    this.body(rest);
  }

  /** True when everything that was promised has come; to be asked at the end of the connection. */
  get complete(): boolean {
    return this.status !== null && (this.contentLength === null || this.contentLength === this.bodyBytes);
  }

  private readHead(text: string): void {
    const status = /^HTTP\/1\.\d (\d{3})(?: |\r|$)/.exec(text)?.[1];
    this.status = status === undefined ? null : Number(status);
    const length = /^content-length:[ \t]*(\d+)[ \t]*$/im.exec(text)?.[1];
    this.contentLength = length === undefined ? null : Number(length);
  }

  private body(data: Uint8Array): void {
    this.bodyBytes += data.length;
    if (data.length > 0) this.onBody(data);
  }
}
