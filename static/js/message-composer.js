// Enter sends, Shift+Enter breaks the line. A failed send keeps text and client id, so that it can be repeated.
// <message-composer data-failed="…"><form id="composer"><input name="client_id"><textarea name="content"></textarea>…</form></message-composer>
// Says message-sending (on body), message-taken and message-failed (on the form); listens for compose-message {text, send}.
class MessageComposer extends HTMLElement {
  #form; #box; #busy = false;

  connectedCallback() {
    this.#form = this.querySelector("#composer");
    this.#box = this.#form.elements.content;
    this.#box.addEventListener("keydown", (event) => this.#typed(event));
    this.#box.addEventListener("input", () => this.#grow());
    this.#form.addEventListener("draft-restored", () => this.#grow());
    this.addEventListener("submit", (event) => this.#sending(event), { capture: true });
    this.addEventListener("htmx:afterRequest", (event) => this.#answered(event));
    document.body.addEventListener("compose-message", this.#compose);
    window.addEventListener("pageshow", this.#free);
    this.#grow();
    if (matchMedia("(hover: hover)").matches && document.activeElement === document.body && !location.hash) this.#box.focus({ preventScroll: true });
  }

  disconnectedCallback() {
    document.body.removeEventListener("compose-message", this.#compose);
    window.removeEventListener("pageshow", this.#free);
  }

  #free = () => { this.#setBusy(false); };

  #setBusy(busy) {
    this.#busy = busy;
    this.#form.setAttribute("aria-busy", String(busy));
  }

  // 229: Safari ends a composition before its Enter arrives.
  #typed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #sending(event) {
    if (event.target !== this.#form) return;
    if (this.#busy || !this.#box.value.trim()) {
      event.preventDefault();
      event.stopPropagation();
      this.#box.focus();
      return;
    }
    const id = this.#form.elements.client_id;
    if (!id.value || this.#form.dataset.sent !== this.#box.value) id.value = this.#newId();
    this.#form.dataset.sent = this.#box.value;
    this.#setBusy(true);
    document.body.dispatchEvent(new CustomEvent("message-sending"));
    this.#box.focus({ preventScroll: true });
  }

  // crypto.randomUUID exists only under HTTPS and on localhost.
  #newId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    return [...bytes].map((byte, at) => ([4, 6, 8, 10].includes(at) ? "-" : "") + byte.toString(16).padStart(2, "0")).join("");
  }

  #answered({ target, detail }) {
    if (target !== this.#form) return;
    this.#setBusy(false);
    if (detail.successful) this.#taken();
    else if (!detail.xhr?.responseText.includes("composer-notice")) this.#say(this.dataset.failed);
    this.#form.dispatchEvent(new CustomEvent(detail.successful ? "message-taken" : "message-failed"));
  }

  // What was typed since the send stays.
  #taken() {
    const sent = this.#form.dataset.sent ?? "";
    this.#box.value = this.#box.value.startsWith(sent) ? this.#box.value.slice(sent.length) : this.#box.value;
    this.#form.elements.client_id.value = "";
    delete this.#form.dataset.sent;
    this.querySelector("#composer-notice").replaceChildren();
    this.#grow();
  }

  #say(sentence) {
    this.querySelector("#composer-notice").replaceChildren(Object.assign(document.createElement("p"), { className: "notice notice--bad notice--plain", textContent: sentence }));
  }

  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#box.style.blockSize = "auto";
    this.#box.style.blockSize = `${this.#box.scrollHeight}px`;
  }

  #compose = ({ detail }) => {
    this.#box.value = detail.text;
    this.#box.dispatchEvent(new Event("input", { bubbles: true }));
    this.#box.focus();
    if (detail.send) this.#form.requestSubmit();
  };
}
customElements.define("message-composer", MessageComposer);
