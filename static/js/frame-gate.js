// Lets frames in that build on what the page shows, and refuses the others: the socket then asks for what is missing.
// <frame-gate hidden></frame-gate> once a page, and <i id="cursor" …>.
// Tells on body: frame-fits, frame-refused, frame-applied, log-replacing, log-replaced, reply-started, reply-ended,
// session-changed (committed changes while no answer is written), sessions-changed, limits-changed, unsent-changed,
// providers-changed.
class FrameGate extends HTMLElement {
  #newest = null; #changes = false;

  connectedCallback() {
    document.body.addEventListener("htmx:wsBeforeMessage", this.#before);
    document.body.addEventListener("htmx:wsAfterMessage", this.#after);
    document.body.addEventListener("htmx:oobErrorNoTarget", this.#missing);
  }

  disconnectedCallback() {
    document.body.removeEventListener("htmx:wsBeforeMessage", this.#before);
    document.body.removeEventListener("htmx:wsAfterMessage", this.#after);
    document.body.removeEventListener("htmx:oobErrorNoTarget", this.#missing);
  }

  get #cursor() { return document.getElementById("cursor"); }

  #tell(name, detail = {}) { document.body.dispatchEvent(new CustomEvent(name, { bubbles: true, detail })); }

  // A frame fits when it builds on what the page shows; snapshots (empty data-from) always apply.
  #before = (event) => {
    const { message } = event.detail;
    const next = /^<i id="cursor"[^>]*data-version="(\d+)" data-reply="([^"]*)" data-from="(\d*)" data-seq="(\d+)"/.exec(message);
    const { version, reply, seq } = this.#cursor.dataset;
    const fits = next && (next[3] === "" || (next[2] === reply && next[3] === seq));
    if (!fits) {
      event.preventDefault();
      this.#tell("frame-refused");
      return;
    }
    this.#tell("frame-fits");
    this.#changes = next[1] !== version && !next[2] && !reply;
    this.#newest = next[2] || reply ? null : this.#newestAnswer();
    if (next[2] !== reply) this.#tell(next[2] ? "reply-started" : "reply-ended", { reply: next[2] || reply });
    if (this.#replaces(message)) this.#tell("log-replacing");
  };

  #replaces(message) { return message.includes('hx-swap-oob="innerHTML:#messages"'); }

  #newestAnswer() { return [...document.querySelectorAll('#messages > [data-role="assistant"]')].at(-1)?.id ?? ""; }

  #after = ({ detail: { message } }) => {
    // An answer may begin and end between two frames, or while the page is away.
    const newest = this.#newestAnswer();
    if (this.#newest !== null && this.#newest !== newest) this.#tell("reply-ended", { reply: newest.replace("message-", "") });
    this.#tell("frame-applied");
    if (this.#changes) this.#tell("session-changed");
    if (this.#replaces(message)) this.#tell("log-replaced");
    if (message.includes('<i id="list-changed"')) this.#tell("sessions-changed");
    if (message.includes('<i id="limits-changed"')) this.#tell("limits-changed");
    if (message.includes('<i id="files-changed"')) this.#tell("unsent-changed");
    if (message.includes('<i id="providers-changed"')) this.#tell("providers-changed");
  };

  // htmx drops what has no place to go: the page is not what the server believes, so it asks for all of it. But a
  // message from above what the page holds is read anew when the reader comes to it.
  #missing = ({ detail: { content } }) => {
    if (!this.#cursor || this.#liesAbove(content)) return;
    Object.assign(this.#cursor.dataset, { version: "0", seq: "0" });
    this.#tell("frame-refused");
  };

  #liesAbove(content) {
    const first = document.querySelector("#log article[data-position]");
    return Boolean(first) && content.matches?.("article[data-position]") && Number(content.dataset.position) < Number(first.dataset.position);
  }
}
customElements.define("frame-gate", FrameGate);
