// Fetches the unsent files anew where another page may have sent, removed or brought some.
// <file-chips><ul>…</ul><unsent-files hidden data-url="/attachments/unsent/" data-session="ID or empty"></unsent-files></file-chips>
// in the composer's form. Listens for unsent-changed and connection-changed on body, message-taken and message-failed on the
// form, and for a removal that was refused; says files-changed (bubbles).
class UnsentFiles extends HTMLElement {
  #form; #list; #timer = 0; #due = false; #doubt = false; #away = false; #asked = null; #left = new AbortController();

  connectedCallback() {
    const [{ signal }, { body }, chips] = [this.#left, document, this.parentElement];
    this.#form = this.closest("form");
    this.#list = chips.querySelector("ul");
    body.addEventListener("unsent-changed", () => this.#ask(), { signal });
    body.addEventListener("connection-changed", ({ detail }) => this.#connected(detail.state), { signal });
    body.addEventListener("message-sending", () => this.#sending(), { signal });
    chips.addEventListener("files-changed", () => this.#look(), { signal });
    chips.addEventListener("htmx:afterRequest", ({ detail }) => { if (!detail.successful) this.#ask(); }, { signal });
    this.#form.addEventListener("message-taken", () => this.#answered(true), { signal });
    this.#form.addEventListener("message-failed", ({ detail }) => this.#answered(detail.answered), { signal });
    if (!this.dataset.session) document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#ask(); }, { signal }); // a page without a socket
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#left.abort();
  }

  // A chip on its way has no place of its own yet. Whether a message that nobody answered took its files along is not known
  // before it is sent again.
  get #waits() { return this.#doubt || this.#form.getAttribute("aria-busy") === "true" || this.#list.querySelector("[data-uploading]") !== null; }

  #ask() {
    this.#due = true;
    this.#look();
  }

  #look() {
    clearTimeout(this.#timer);
    if (this.#due && !this.#waits) this.#timer = setTimeout(() => this.#fetch(), 200);
  }

  #connected(state) {
    if (state === "open" && this.#away) this.#ask();
    this.#away = state !== "open";
  }

  #sending() {
    clearTimeout(this.#timer);
    this.#due ||= this.#asked !== null;
    this.#asked?.abort();
  }

  #answered(known) {
    this.#doubt = !known;
    this.#ask();
  }

  async #fetch() {
    if (this.#waits) return;
    this.#asked?.abort();
    const asked = this.#asked = new AbortController();
    this.#due = false;
    try {
      const answer = await fetch(`${this.dataset.url}?session=${this.dataset.session}`, { signal: asked.signal, headers: { "HX-Request": "true" } });
      const chips = await answer.text();
      if (!answer.ok || asked.signal.aborted) return;
      if (this.#waits) this.#due = true;
      else this.#show(chips);
    } catch { /* logged out, or not there: what is shown stays */ } finally { if (this.#asked === asked) this.#asked = null; }
  }

  #show(chips) {
    const made = document.createElement("template");
    made.innerHTML = chips;
    const [here, there] = [[...this.#list.children].filter((chip) => chip.querySelector("[name=attachments]")), [...made.content.children]];
    const gone = here.filter(({ id }) => !there.some((chip) => chip.id === id)), come = there.filter(({ id }) => !here.some((chip) => chip.id === id));
    if (!gone.length && !come.length) return;
    const focused = gone.some((chip) => chip.contains(document.activeElement));
    for (const chip of gone) chip.remove();
    this.#list.append(...come);
    for (const chip of come) htmx.process(chip);
    if (focused) document.getElementById("message-box").focus({ preventScroll: true });
    this.dispatchEvent(new CustomEvent("files-changed", { bubbles: true }));
  }
}
customElements.define("unsent-files", UnsentFiles);
