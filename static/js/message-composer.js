// Sends what stands in the box. A failed send keeps text and client id, so that it can be repeated.
// <message-composer data-failed="…" data-refused="…"><div id="composer-notice"></div><form id="composer"><input name="client_id"><input name="seen"><textarea name="content"></textarea>…</form></message-composer>
// Says message-sending (on body), message-taken {sent: false where it was a command} and message-failed {answered} (on the form); listens
// for compose-message {text, send; below: what is typed stays above it}.
class MessageComposer extends HTMLElement {
  #form; #box; #busy = false;

  connectedCallback() {
    this.#form = this.querySelector("#composer");
    this.#box = this.#form.elements.content;
    this.#box.addEventListener("input", () => { this.#form.elements.client_id.value ||= this.#newId(); });
    this.addEventListener("submit", (event) => this.#sending(event), { capture: true });
    this.addEventListener("htmx:afterRequest", (event) => this.#answered(event));
    document.body.addEventListener("compose-message", this.#compose);
    window.addEventListener("pageshow", this.#free);
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

  #sending(event) {
    if (event.target !== this.#form) return;
    if (this.#busy || !(this.#box.value.trim() || this.#form.querySelector("[name=attachments]"))) {
      event.preventDefault();
      event.stopPropagation();
      this.#box.focus();
      return;
    }
    // Repeated word for word it is the same message; changed since it failed, another one.
    const { elements, dataset } = this.#form;
    if (!elements.client_id.value || (dataset.sent ?? this.#box.value) !== this.#box.value) elements.client_id.value = this.#newId();
    dataset.sent = this.#box.value;
    elements.seen.value = this.#seen;
    this.#setBusy(true);
    this.querySelector("#composer-notice").replaceChildren();
    document.body.dispatchEvent(new CustomEvent("message-sending"));
    this.#box.focus({ preventScroll: true });
  }

  // What is sent answers what is shown: the server refuses it where the conversation took another way meanwhile.
  get #seen() { return document.querySelector("#messages > article:last-of-type")?.id.replace("message-", "") ?? ""; }

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
    else if (!detail.xhr?.status) this.#say(this.dataset.failed);
    else if (!detail.xhr.getResponseHeader("HX-Retarget")) this.#say(this.dataset.refused);
    const status = detail.xhr?.status; // 204: a command that was run answers with its notice
    this.#form.dispatchEvent(new CustomEvent(detail.successful ? "message-taken" : "message-failed", { detail: { sent: status === 204, answered: status > 0 } }));
  }

  // What was typed since the send stays.
  #taken() {
    const sent = this.#form.dataset.sent ?? "";
    this.#box.value = this.#box.value.startsWith(sent) ? this.#box.value.slice(sent.length) : this.#box.value;
    this.#form.elements.client_id.value = this.#box.value ? this.#newId() : "";
    delete this.#form.dataset.sent;
  }

  #say(sentence) {
    const notice = Object.assign(document.createElement("p"), { className: "notice notice--bad notice--plain", role: "alert", textContent: sentence });
    this.querySelector("#composer-notice").replaceChildren(notice);
  }

  #compose = ({ detail }) => {
    const above = detail.below ? this.#box.value.trimEnd() : "";
    this.#box.value = above ? `${above}\n\n${detail.text}` : detail.text;
    this.#box.dispatchEvent(new Event("input", { bubbles: true }));
    this.#box.focus();
    if (detail.send) this.#form.requestSubmit();
  };
}
customElements.define("message-composer", MessageComposer);
