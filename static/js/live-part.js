// A part of the page that the server fills: when it is first needed, and again after each event that makes it old.
// <live-part data-url="/sessions/ID/about/" data-on="reply-ended settings-changed" data-seen>…</live-part>
// With data-filled it came with the page: the next event is the first to ask. With data-seen only while it is looked at: what is out of view (a closed column, a drawer) asks for nothing.
// A page that is left meanwhile says nothing of it; the next event asks again.
class LivePart extends HTMLElement {
  #old = true; #visible = false; #asked = 0; #left = new AbortController();
  #observer = new IntersectionObserver(([entry]) => { this.#visible = entry.isIntersecting; this.#ask(); });

  connectedCallback() {
    const { signal } = this.#left;
    for (const kind of this.dataset.on.split(" ")) document.body.addEventListener(kind, this.#aged, { signal });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#aged(); }, { signal });
    if ("seen" in this.dataset) this.#observer.observe(this);
    else this.#visible = true;
    if ("filled" in this.dataset) this.#old = false;
    this.#ask();
  }

  disconnectedCallback() {
    this.#observer.disconnect();
    this.#left.abort();
  }

  #aged = () => { this.#old = true; this.#ask(); };

  async #ask() {
    if (!this.#old || !this.#visible) return;
    this.#old = false;
    const turn = ++this.#asked;
    try {
      const answer = await fetch(this.dataset.url, { headers: { "HX-Request": "true" }, signal: this.#left.signal });
      const html = await answer.text();
      if (answer.ok && turn === this.#asked) htmx.swap(this, html, { swapStyle: "innerHTML" });
    } catch { /* not there, or the page is being left */ }
  }
}
customElements.define("live-part", LivePart);
