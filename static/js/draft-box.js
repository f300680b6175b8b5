// Keeps what was typed, for each person and session: on the server, and here until the server has it. A logout removes what is here.
// <draft-box hidden data-user="1" data-chat="ID or empty" data-url="/drafts/" data-at="when the server's was kept, or empty"></draft-box>
// inside the composer's form, with <input name="draft">: filled where the send has a draft to drop. Listens for message-taken
// and message-failed on the form; says draft-restored. Where the server has one from elsewhere it says draft-elsewhere {content, at}
// (null: settled), and listens for draft-chosen {content, at, mine}.
class DraftBox extends HTMLElement {
  #form; #box; #at = ""; #saved = ""; #timer = 0; #sends = 0; #left = new AbortController();

  connectedCallback() {
    this.#form = this.closest("form");
    this.#box = this.#form.elements.content;
    this.#at = this.dataset.at;
    this.#saved = this.#at ? this.#box.value : "";
    const { signal } = this.#left;
    this.#box.addEventListener("input", () => this.#typed(), { signal });
    this.#form.addEventListener("submit", () => this.#sending(), { signal });
    this.#form.addEventListener("message-failed", () => this.#typed(), { signal });
    this.#form.addEventListener("message-taken", () => this.#taken(), { signal });
    this.#form.addEventListener("draft-chosen", ({ detail }) => this.#chosen(detail), { signal });
    document.addEventListener("submit", ({ target }) => this.#leaving(target), { signal });
    document.addEventListener("visibilitychange", () => { document.hidden ? this.#save(true) : this.#refresh(); }, { signal });
    addEventListener("pagehide", () => this.#save(true), { signal });
    addEventListener("pageshow", ({ persisted }) => { if (persisted) { this.#save(); this.#refresh(); } }, { signal });
    addEventListener("online", () => this.#save(), { signal });
    addEventListener("storage", (event) => this.#elsewhere(event), { signal });
    this.#restore();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#left.abort();
  }

  get #key() { return `draft:${this.dataset.user}:${this.dataset.chat || "new"}`; }
  get #busy() { return this.#form.getAttribute("aria-busy") === "true"; }
  get #dirty() { return this.#box.value !== this.#saved; }

  #typed() {
    this.#keep();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), 800);
  }

  // The id goes with the text: sent again after a reload it is still the same message.
  #keep() {
    const text = this.#box.value;
    const kept = { text, id: this.#form.elements.client_id.value, sent: this.#form.dataset.sent ?? "", at: this.#at, dirty: this.#dirty };
    try { text ? localStorage.setItem(this.#key, JSON.stringify(kept)) : localStorage.removeItem(this.#key); } catch { /* storage is full or refused: the server has it */ }
  }

  #sending() {
    clearTimeout(this.#timer);
    this.#sends += 1;
    this.#keep();
  }

  #taken() {
    this.#know("", "");
    if (this.#box.value) this.#typed();
  }

  #know(text, at) {
    this.#saved = text;
    this.#at = at;
    this.#form.elements.draft.value = at && "1";
    this.#keep();
    this.#elsewhereIs(null);
  }

  #elsewhereIs(detail) { this.#form.dispatchEvent(new CustomEvent("draft-elsewhere", { detail })); }

  // One's own goes on from the other one and replaces it.
  #chosen({ content, at, mine }) {
    if (!mine) this.#show(content, "", "");
    this.#know(content, at);
    this.#save();
  }

  // A draft that comes after its own message is known to the server by the id; a text changed since it failed is another one.
  async #save(keepalive = false) {
    clearTimeout(this.#timer);
    if (!this.#dirty || this.#busy) return;
    const [text, sends, { elements, dataset }] = [this.#box.value, this.#sends, this.#form];
    const body = new URLSearchParams({ session: this.dataset.chat, content: text, at: this.#at, client_id: (dataset.sent ?? text) === text ? elements.client_id.value : "" });
    elements.draft.value = "1";
    try {
      const answer = await fetch(this.dataset.url, { method: "POST", body, keepalive, headers: { "X-CSRFToken": elements.csrfmiddlewaretoken.value } });
      if (sends !== this.#sends) return;
      if (answer.status === 204) this.#know(text, answer.headers.get("Draft-At"));
      else if (answer.status === 409) this.#elsewhereIs(await answer.json());
    } catch { /* not there: it is kept here, and the next letter tries again */ }
  }

  // What the server has is shown unless something else is being typed here.
  async #refresh() {
    if (this.#dirty || this.#busy) return;
    try {
      const { content, at } = await (await fetch(`${this.dataset.url}?session=${this.dataset.chat}`)).json();
      if (at === this.#at || this.#dirty || this.#busy) return;
      this.#show(content, "", "");
      this.#know(content, at);
    } catch { /* logged out, or not there: the text stays as it is */ }
  }

  // The server's is shown where it is newer than what this copy was made from; what it was never told goes on from there,
  // and hears of the newer one.
  #restore() {
    const kept = this.#read(this.#key);
    if (!kept) return;
    const newer = this.#box.value && kept.at !== this.#at;
    if (newer && kept.dirty && kept.text !== this.#box.value) this.#at = kept.at;
    if (kept.text === this.#box.value || kept.dirty) this.#show(kept.text, kept.id, kept.sent);
    this.#keep();
    if (!this.#dirty) return;
    this.#form.elements.draft.value = "1"; // the page before may have told the server while this one was made
    this.#typed();
  }

  #show(text, id, sent) {
    this.#box.value = text;
    this.#form.elements.client_id.value = id;
    if (sent) this.#form.dataset.sent = sent;
    this.#form.dispatchEvent(new CustomEvent("draft-restored"));
  }

  #read(key) {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  }

  // Another tab tells by its copy that the server has something new.
  #elsewhere({ key, newValue }) {
    if (key === this.#key && !newValue?.includes('"dirty":true')) this.#refresh();
  }

  #leaving(form) {
    if (!form.matches("[data-logout]")) return;
    this.#save(true);
    this.#sends += 1;
    for (const key of Object.keys(localStorage)) if (key.startsWith("draft:")) localStorage.removeItem(key);
  }
}
customElements.define("draft-box", DraftBox);
