// A plain form leaves the page with its draft still kept here; once the message stands in a session, the server took it.
// <delivered-drafts hidden data-user="1" data-chat="ID"></delivered-drafts> once a page, for draft-box.js. Defined before it.
class DeliveredDrafts extends HTMLElement {
  connectedCallback() {
    if (!this.dataset.chat) return;
    const shown = [...document.querySelectorAll(".message__source")].slice(-4).map((source) => source.value.trim());
    for (const place of [this.dataset.chat, "new"]) {
      const key = `draft:${this.dataset.user}:${place}`;
      const sent = this.#read(key)?.sent?.trim();
      if (sent && shown.includes(sent)) localStorage.removeItem(key);
    }
  }

  #read(key) {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  }
}
customElements.define("delivered-drafts", DeliveredDrafts);
