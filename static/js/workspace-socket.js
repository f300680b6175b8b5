// Keeps the page's socket: says where the page is, acknowledges, reconnects; frame-gate says which frames fit.
// <workspace-socket hidden hx-ext="ws" ws-connect="/ws/sessions/ID/"></workspace-socket> and <i id="cursor" …> beside it.
// Tells: connection-changed {state: open|waiting|closed|gone, attempt, seconds}, sessions-changed. Listens for
// frame-fits, frame-refused and reconnect-now. The ws extension itself never reconnects (it knows four codes).
htmx.config.wsReconnectDelay = () => 2 ** 31 - 1;
htmx.createWebSocket = (url) => (WorkspaceSocket.latest = new WebSocket(url));

class WorkspaceSocket extends HTMLElement {
  static latest = null;
  #wrapper; #retry; #watch; #ackTimer;
  #attempt = 0; #frames = 0; #acked = 0; #heard = 0; #resumed = 0; #resumeTimer; #over = 0; #listTimer;

  connectedCallback() {
    this.addEventListener("htmx:wsOpen", (event) => this.#opened(event.detail.socketWrapper));
    this.addEventListener("htmx:wsClose", (event) => this.#closed(event.detail));
    this.addEventListener("htmx:wsBeforeMessage", () => this.#heardOne());
    document.body.addEventListener("frame-fits", this.#fits);
    document.body.addEventListener("frame-refused", this.#askAgain);
    document.body.addEventListener("reconnect-now", this.#now);
    addEventListener("online", this.#now);
    addEventListener("offline", this.#offline);
    document.addEventListener("visibilitychange", this.#visible);
    this.#watch = setInterval(() => this.#listenForSilence(), 5000);
  }

  disconnectedCallback() {
    for (const timer of [this.#retry, this.#ackTimer, this.#resumeTimer, this.#listTimer]) clearTimeout(timer);
    clearInterval(this.#watch);
    document.body.removeEventListener("frame-fits", this.#fits);
    document.body.removeEventListener("frame-refused", this.#askAgain);
    document.body.removeEventListener("reconnect-now", this.#now);
    removeEventListener("online", this.#now);
    removeEventListener("offline", this.#offline);
    document.removeEventListener("visibilitychange", this.#visible);
  }

  get #cursor() { return document.getElementById("cursor"); }

  #tell(name, detail = {}) { document.body.dispatchEvent(new CustomEvent(name, { bubbles: true, detail })); }

  #opened(wrapper) {
    // What the list missed while away; a moment later, for the server may still refuse a page that is logged out.
    if (this.#wrapper) this.#listTimer = setTimeout(() => this.#tell("sessions-changed"), 1000);
    this.#wrapper = wrapper;
    this.#attempt = this.#frames = this.#acked = 0;
    this.#heard = Date.now();
    this.#tell("connection-changed", { state: "open", attempt: 0, seconds: 0 });
    this.#resume();
  }

  #resume() {
    const { version, reply, seq } = this.#cursor.dataset;
    this.#resumed = Date.now();
    this.#send({ type: "resume", version: Number(version), reply: reply || null, seq: Number(seq) });
  }

  // At most once a second, and only the latest wish.
  #askAgain = () => {
    clearTimeout(this.#resumeTimer);
    this.#resumeTimer = setTimeout(() => this.#resume(), Math.max(0, this.#resumed + 1000 - Date.now()));
  };

  #fits = () => clearTimeout(this.#resumeTimer);

  #send(frame) {
    if (WorkspaceSocket.latest?.readyState === WebSocket.OPEN) this.#wrapper?.sendImmediately(JSON.stringify(frame));
  }

  #heardOne() {
    this.#frames += 1;
    this.#heard = Date.now();
    this.#ackTimer ??= setTimeout(() => this.#acknowledge(), 1000);
  }

  #acknowledge() {
    this.#ackTimer = null;
    if (this.#frames === this.#acked) return;
    this.#acked = this.#frames;
    this.#send({ type: "seen", n: this.#frames });
  }

  #closed({ event, socketWrapper }) {
    if (event.target !== WorkspaceSocket.latest) return;
    this.#wrapper = socketWrapper;
    clearTimeout(this.#listTimer);
    if (event.code === 4401 || event.code === 4404) {
      this.#over = event.code;
      this.#tell("connection-changed", { state: event.code === 4401 ? "closed" : "gone", attempt: 0, seconds: 0 });
      return;
    }
    const wait = Math.min(8000, 500 * 2 ** this.#attempt) * (0.5 + Math.random() / 2);
    this.#attempt += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), wait);
    this.#tell("connection-changed", { state: "waiting", attempt: this.#attempt, seconds: wait / 1000 });
  }

  // Only when the old socket is on its way out: a reconnect while connecting leaves two of them.
  #connect() {
    clearTimeout(this.#retry);
    const state = WorkspaceSocket.latest?.readyState;
    if (!this.#over && (state === WebSocket.CLOSING || state === WebSocket.CLOSED)) this.#wrapper?.reconnect();
  }

  #now = () => this.#connect();

  // A session that was deleted may have been brought back meanwhile.
  #visible = () => {
    if (document.hidden) return;
    if (this.#over === 4404) this.#over = 0;
    this.#connect();
  };

  #offline = () => {
    this.#tell("connection-changed", { state: "waiting", attempt: this.#attempt + 1, seconds: 0 });
    WorkspaceSocket.latest?.close();
  };

  #listenForSilence() {
    if (WorkspaceSocket.latest?.readyState === WebSocket.OPEN && Date.now() - this.#heard > 45000) WorkspaceSocket.latest.close();
  }
}
customElements.define("workspace-socket", WorkspaceSocket);
