// A piece of the log that does not live: no frames come, so what is done there leads to a page that shows it.
// <log-window id="window" data-live="/sessions/ID/">…</log-window>; it is taken away when the end is reached.
class LogWindow extends HTMLElement {
  connectedCallback() { document.body.addEventListener("htmx:afterRequest", this.#done); }

  disconnectedCallback() { document.body.removeEventListener("htmx:afterRequest", this.#done); }

  #done = ({ target, detail }) => {
    const { verb, path } = detail.requestConfig ?? {};
    if (!detail.successful || verb !== "post" || !target.closest?.("#log article, #composer, #pending")) return;
    const message = target.closest("article[id]");
    const changesPath = /\/(messages|edit|switch|retry|continue|regenerate|delete)\/$/.test(path);
    if (!message || changesPath) location.assign(this.dataset.live);
    else location.assign(`${this.dataset.live}?message=${message.id.replace("message-", "")}&now=${Date.now()}#${message.id}`);
  };
}
customElements.define("log-window", LogWindow);
