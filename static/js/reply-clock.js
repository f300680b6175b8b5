// Shows how long the running answer has been written: "writing, 6.4 s".
// <reply-clock hidden data-starting="starting" data-writing="writing"></reply-clock> once a page;
// <span class="message__state">starting</span><span class="message__clock" data-since="ISO time"></span> in the message.
class ReplyClock extends HTMLElement {
  #timer = 0;

  connectedCallback() { this.#timer = setInterval(() => this.#tick(), 200); }

  disconnectedCallback() { clearInterval(this.#timer); }

  #tick() {
    const clock = document.querySelector("[data-live] .message__clock");
    if (!clock || document.hidden) return;
    const article = clock.closest("article");
    const state = article.querySelector(".message__state");
    if (!state) return;
    if (state.textContent === this.dataset.starting && article.querySelector(".message__body").textContent.trim()) state.textContent = this.dataset.writing;
    if (state.textContent !== this.dataset.writing) return;
    // The clocks of server and page may differ: never below zero.
    const seconds = Math.max(0, (Date.now() - Date.parse(clock.dataset.since)) / 1000);
    clock.textContent = `, ${seconds < 60 ? seconds.toFixed(1) : Math.round(seconds)}\u00a0s`;
  }
}
customElements.define("reply-clock", ReplyClock);
