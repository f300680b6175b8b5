// Says when what was begun in this browser has ended: an export, or a file that is read. Asks only while something is
// under way, every 2 s at first, then slower, and never for a page that nobody sees.
// <export-watch data-url="/exports/news/" data-person="7" hidden></export-watch> once a page; begins with the event
// export-begun on the body, or with an element [data-export-busy] in the page.
class ExportWatch extends HTMLElement {
  #timer; #wait = 2000; #left = new AbortController();

  connectedCallback() {
    const { signal } = this.#left;
    document.body.addEventListener("export-begun", this.#begun, { signal });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#again(0); }, { signal });
    window.addEventListener("storage", ({ key }) => { if (key === this.#key) this.#again(); }, { signal });
    if (document.querySelector("[data-export-busy]")) this.#begun();
    else this.#again(0);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#left.abort();
  }

  get #key() { return `export-watch-${this.dataset.person}`; }

  get #busy() {
    try { return localStorage.getItem(this.#key) !== null; } catch { return this.hasAttribute("data-busy"); }
  }

  set #busy(on) {
    this.toggleAttribute("data-busy", on);
    try { on ? localStorage.setItem(this.#key, "1") : localStorage.removeItem(this.#key); } catch { /* for this page alone */ }
  }

  #begun = () => { this.#busy = true; this.#wait = 2000; this.#again(); };

  #again(wait = this.#wait) {
    clearTimeout(this.#timer);
    if (this.#busy && !document.hidden) this.#timer = setTimeout(() => this.#ask(), wait);
  }

  async #ask() {
    this.#wait = Math.min(15000, this.#wait * 1.25);
    try {
      const answer = await fetch(this.dataset.url, { headers: { Accept: "application/json" }, signal: this.#left.signal });
      if (answer.redirected || answer.status === 403) return;  // nobody is logged in any more
      const { busy, ended } = await answer.json();
      if (ended.length) await this.#tell(ended);
      if (!busy) this.#busy = false;
    } catch { /* the server is away: later */ }
    this.#again();
  }

  // Told first, then shown: of two windows one says it. Where the page has the rows of all that ended, it is only said.
  async #tell(ended) {
    const headers = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
    const answer = await fetch(this.dataset.url, { method: "POST", headers, signal: this.#left.signal });
    if (!answer.ok) return;
    const unseen = ended.filter(({ rows }) => !rows?.every((id) => document.getElementById(id)));
    const { link, label } = unseen[0] ?? {};
    const text = (unseen.length ? unseen : ended).map((each) => each.text).join(". ");
    this.dispatchEvent(new CustomEvent("show-toast", { bubbles: true, detail: { text, link, label, said: !unseen.length } }));
  }
}
customElements.define("export-watch", ExportWatch);
