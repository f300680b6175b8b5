// Marks the log as busy and the tab's title as running while an answer is written, and what came while nobody looked.
// <reply-state hidden data-writing="Writing" data-done="Done" data-posted="Notification"></reply-state> once a page.
class ReplyState extends HTMLElement {
  #site = document.title.split(" · ").at(-1); #mark = "";

  connectedCallback() {
    document.body.addEventListener("reply-started", this.#started);
    document.body.addEventListener("reply-ended", this.#ended);
    document.body.addEventListener("card-arrived", this.#posted);
    document.body.addEventListener("frame-applied", this.#show);
    document.body.addEventListener("connection-changed", this.#gone);
    document.addEventListener("visibilitychange", this.#seen);
    if (document.getElementById("log")?.getAttribute("aria-busy") === "true") this.#started();
  }

  disconnectedCallback() {
    document.body.removeEventListener("reply-started", this.#started);
    document.body.removeEventListener("reply-ended", this.#ended);
    document.body.removeEventListener("card-arrived", this.#posted);
    document.body.removeEventListener("frame-applied", this.#show);
    document.body.removeEventListener("connection-changed", this.#gone);
    document.removeEventListener("visibilitychange", this.#seen);
  }

  #started = () => { this.#set(true, this.dataset.writing); };

  #ended = () => { this.#set(false, document.hidden ? this.dataset.done : ""); };

  #posted = () => {
    if (!document.hidden || this.#mark === this.dataset.writing) return;
    this.#mark = this.dataset.posted;
    this.#show();
  };

  #gone = ({ detail }) => { if (detail.state === "gone") this.#set(false, ""); };

  #seen = () => {
    if (document.hidden || ![this.dataset.done, this.dataset.posted].includes(this.#mark)) return;
    this.#mark = "";
    this.#show();
  };

  #set(busy, mark) {
    document.getElementById("log")?.setAttribute("aria-busy", String(busy));
    this.#mark = mark;
    this.#show();
  }

  #show = () => {
    const title = document.getElementById("chat-title")?.textContent.trim();
    const wanted = [this.#mark, title, this.#site].filter(Boolean).join(" · ");
    if (document.title !== wanted) document.title = wanted;
  };
}
customElements.define("reply-state", ReplyState);
