// One end of what the log shows: loads the page beyond when it comes near, on a click, or when told to.
// <log-edge id="older" data-side="older"><a href="?before=61">Earlier messages</a>…<button>Try again</button></log-edge>
// Says piece-loaded {html, side} on body, for log-pieces. The answer brings the next edge, which replaces this one.
class LogEdge extends HTMLElement {
  #near; #loading = null;

  connectedCallback() {
    this.#near = new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) this.load(); }, { root: this.closest("#log"), rootMargin: "800px 0px" });
    this.#near.observe(this);
    this.addEventListener("click", this.#clicked);
  }

  disconnectedCallback() {
    this.#near.disconnect();
    this.removeEventListener("click", this.#clicked);
  }

  #clicked = (event) => {
    if (!event.target.closest("a, button")) return;
    event.preventDefault();
    this.classList.remove("is-failed");
    this.load();
  };

  // Where it goes from: a frame that replaces the log moves it.
  get #link() { return this.querySelector("a"); }

  load() {
    if (this.hidden || this.classList.contains("is-failed")) return Promise.resolve();
    this.#loading ??= this.#fetch().finally(() => { this.#loading = null; });
    return this.#loading;
  }

  async #fetch() {
    const from = this.#link.href;
    this.classList.add("is-busy");
    this.querySelector("[role]").textContent = "";
    try {
      const html = await this.#answer(from);
      if (html !== null && this.isConnected && this.#link.href === from) this.#tell(html);
    } catch {
      this.classList.add("is-failed");
      this.querySelector("[role]").textContent = this.querySelector("[role]").dataset.sentence;
    }
    this.classList.remove("is-busy");
  }

  // A change that came while it was on its way may be missing in it: then it is asked again.
  async #answer(from, times = 3) {
    const address = new URL(from);
    if (this.dataset.version) address.searchParams.set("version", this.dataset.version);
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (answer.status === 409) { // the conversation took another way meanwhile
      location.assign(from);
      return null;
    }
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    const html = await answer.text();
    const known = Number(document.getElementById("cursor")?.dataset.version ?? 0);
    const old = this.dataset.side === "older" && Number(answer.headers.get("Session-Version")) < known;
    return old && times > 1 ? this.#answer(from, times - 1) : html;
  }

  #tell(html) { document.body.dispatchEvent(new CustomEvent("piece-loaded", { detail: { html, side: this.dataset.side } })); }
}
customElements.define("log-edge", LogEdge);
