// Keeps what was typed, for each person and session, until the server took it. A logout removes all drafts.
// <draft-box hidden data-user="1" data-chat="ID or empty"></draft-box> inside the composer's form.
// Listens for message-taken on its form; says draft-restored.
class DraftBox extends HTMLElement {
  #form; #box;

  connectedCallback() {
    this.#form = this.closest("form");
    this.#box = this.#form.elements.content;
    this.#box.addEventListener("input", () => this.#keep());
    this.#form.addEventListener("message-taken", () => this.#keep());
    this.#form.addEventListener("message-failed", () => this.#keep());
    this.#form.addEventListener("submit", () => this.#keep());
    document.addEventListener("submit", this.#leaving);
    this.#forgetSent();
    this.#restore();
  }

  disconnectedCallback() { document.removeEventListener("submit", this.#leaving); }

  get #key() { return `draft:${this.dataset.user}:${this.dataset.chat || "new"}`; }

  // The id goes with the text: sent again after a reload it is still the same message.
  #keep() {
    const text = this.#box.value;
    const kept = JSON.stringify({ text, id: this.#form.elements.client_id.value, sent: this.#form.dataset.sent ?? "" });
    try { text ? localStorage.setItem(this.#key, kept) : localStorage.removeItem(this.#key); } catch { /* storage is full or refused: the text stays in the box */ }
  }

  #restore() {
    const kept = this.#read(this.#key);
    if (!kept || this.#box.value) return;
    this.#box.value = kept.text;
    this.#form.elements.client_id.value = kept.id;
    if (kept.sent) this.#form.dataset.sent = kept.sent;
    this.#form.dispatchEvent(new CustomEvent("draft-restored"));
  }

  // A first message is sent by an ordinary form; once it stands in a session, the server took it.
  #forgetSent() {
    const first = `draft:${this.dataset.user}:new`;
    const sent = this.dataset.chat && this.#read(first)?.sent;
    const shown = [...document.querySelectorAll(".message__source")].map((source) => source.value.trim());
    if (sent && shown.includes(sent.trim())) localStorage.removeItem(first);
  }

  #read(key) {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  }

  #leaving = ({ target }) => {
    if (!target.matches("[data-logout]")) return;
    for (const key of Object.keys(localStorage)) if (key.startsWith("draft:")) localStorage.removeItem(key);
  };
}
customElements.define("draft-box", DraftBox);
