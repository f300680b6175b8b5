// Reads finished sentences of the running answer to screen readers, not each token; at the end the rest, and any notice.
// <reply-announcer hidden></reply-announcer> beside <div id="announcer" role="status">.
class ReplyAnnouncer extends HTMLElement {
  #reply = ""; #said = 0; #timer = 0;

  connectedCallback() {
    document.body.addEventListener("frame-applied", this.#grown);
    document.body.addEventListener("reply-ended", this.#turned);
    document.body.addEventListener("reply-started", this.#turned);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    document.body.removeEventListener("frame-applied", this.#grown);
    document.body.removeEventListener("reply-ended", this.#turned);
    document.body.removeEventListener("reply-started", this.#turned);
  }

  #grown = () => {
    if (this.#timer || !document.querySelector("article[data-live]")) return;
    this.#timer = setTimeout(() => { this.#timer = 0; this.#sayFinished(); }, 2000);
  };

  #sayFinished() {
    const article = document.querySelector("article[data-live]");
    if (!article) return;
    if (article.id !== this.#reply) { this.#reply = article.id; this.#said = 0; }
    const fresh = this.#fresh(article);
    const end = Math.max(0, ...[...fresh.matchAll(/[.!?…:]\s|[。！？\n]/g)].map((match) => match.index + 1));
    this.#say(fresh.slice(0, end));
  }

  // Told before the last frame is shown: the rest is read after it.
  #turned = ({ type }) => {
    if (type === "reply-ended" || this.#reply) document.body.addEventListener("frame-applied", this.#finish, { once: true });
  };

  #finish = () => {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const article = (this.#reply && document.getElementById(this.#reply)) || [...document.querySelectorAll('article[data-role="assistant"]')].at(-1);
    if (!article) return;
    if (article.id !== this.#reply) this.#said = 0;
    this.#say(this.#fresh(article));
    const notice = article.querySelector(".notice__text");
    if (notice) this.#announce(`${document.getElementById("announcer").textContent} ${notice.textContent}`);
    this.#reply = "";
    this.#said = 0;
  };

  #fresh(article) {
    const text = [...article.querySelectorAll(".message__body > .prose")].map((block) => block.textContent.trim()).join("\n");
    this.#said = Math.min(this.#said, text.length);
    return text.slice(this.#said);
  }

  #say(text) {
    this.#said += text.length;
    if (text.trim()) this.#announce(text);
  }

  #announce(text) { document.getElementById("announcer").textContent = text.replace(/\s+/g, " ").trim(); }
}
customElements.define("reply-announcer", ReplyAnnouncer);
