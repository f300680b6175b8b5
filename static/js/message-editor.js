// The form that stands in the place of a message. What was typed outlives the frames that replace the message.
// <message-editor id="edit-ID"><form hx-post="…"><input name="client_id"><textarea name="content"></textarea>…<button data-cancel></button></form></message-editor>
// inside <article id="message-ID">, after its body. Says compose-message {text} where the message is gone and the text is not taken,
// edit-opened when it stands, and edit-ended {message} on body when it closed.
class MessageEditor extends HTMLElement {
  #form; #box; #held = null; #busy = false; #sent = null; #tries = 0; #id; #original;

  connectedCallback() {
    if (this.#form) return;
    if (this.parentElement.querySelector("message-editor") !== this) return this.remove();
    this.#form = this.querySelector("form");
    this.#box = this.#form.elements.content;
    this.#id = this.#form.elements.client_id.value;
    this.#original = this.#box.value;
    this.addEventListener("keydown", this.#pressed);
    this.addEventListener("submit", () => this.#sending(), { capture: true });
    this.addEventListener("htmx:afterRequest", (event) => this.#answered(event.detail));
    this.querySelector("[data-cancel]")?.addEventListener("click", () => this.#close("edit"));
    document.addEventListener("htmx:oobBeforeSwap", this.#hold);
    window.addEventListener("frame-applied", this.#return, { capture: true });
    this.#box.addEventListener("input", () => this.#grow());
    this.dispatchEvent(new CustomEvent("edit-opened", { bubbles: true }));
    this.#grow();
    this.#box.focus({ preventScroll: true });
    this.#box.setSelectionRange(this.#box.value.length, this.#box.value.length);
    this.scrollIntoView({ block: "nearest" });
  }

  get #article() { return document.getElementById(this.id.replace("edit-", "message-")); }

  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#box.style.blockSize = "auto";
    this.#box.style.blockSize = `${this.#box.scrollHeight}px`;
  }

  // 229: Safari ends a composition before its Enter arrives.
  #pressed = (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") this.querySelector("[data-cancel]")?.click();
    else if (event.key === "Enter" && event.target === this.#box && this.#sends(event)) this.querySelector("button[value='1']").click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  // As in the message box: on a touch screen Enter alone breaks the line.
  #sends({ shiftKey, ctrlKey, metaKey }) { return !shiftKey && (ctrlKey || metaKey || !matchMedia("(hover: none) and (pointer: coarse)").matches); }

  // The same text under the same id is the same message; another text needs another id.
  #sending() {
    const sent = JSON.stringify([this.#box.value, ...[...this.#form.querySelectorAll("[name=attachments]:checked")].map(({ value }) => value), ...[...this.#form.elements.file.files].map(({ name, size }) => `${name} ${size}`)]);
    if (this.#sent !== null && this.#sent !== sent) this.#tries += 1;
    this.#sent = sent;
    this.#busy = true;
    this.#form.elements.client_id.value = this.#tries ? `${this.#id}-${this.#tries}` : this.#id;
    this.querySelector("[role=alert]").hidden = true;
  }

  #answered({ successful, xhr, requestConfig }) {
    this.#busy = false;
    if (successful) return this.#close(requestConfig.parameters.send === "1" ? "" : "edit");
    if (!xhr?.getResponseHeader("HX-Retarget")) this.querySelector("[role=alert]").hidden = false;
    this.#return();
  }

  #close(tool) {
    const article = this.#article;
    document.removeEventListener("htmx:oobBeforeSwap", this.#hold);
    window.removeEventListener("frame-applied", this.#return, { capture: true });
    this.remove();
    document.body.dispatchEvent(new CustomEvent("edit-ended", { detail: { message: this.id.replace("edit-", "") } }));
    const place = tool ? article?.querySelector(`[data-tool="${tool}"]`) : document.getElementById("message-box");
    place?.focus({ preventScroll: true });
  }

  // Taken out before the swap, so that htmx does not unmake it.
  #hold = ({ target }) => {
    if (!this.isConnected || !target.contains(this) || target.id === this.id) return;
    this.#held = { focus: this.contains(document.activeElement) && document.activeElement, from: this.#box.selectionStart, to: this.#box.selectionEnd, top: this.#box.scrollTop };
    this.remove();
  };

  #return = () => {
    if (this.isConnected) return;
    const body = this.#article?.querySelector(".message__body");
    if (!body) return this.#busy || this.#rescue();
    body.after(this);
    if (!this.#held) return;
    this.#box.setSelectionRange(this.#held.from, this.#held.to);
    this.#box.scrollTop = this.#held.top;
    if (this.#held.focus) this.#held.focus.focus({ preventScroll: true });
    this.#held = null;
  };

  // The message is not shown any more: the text goes where it can still be sent.
  #rescue() {
    const text = this.#box.value;
    this.#close("");
    if (text === this.#original) return;
    document.body.dispatchEvent(new CustomEvent("compose-message", { detail: { text, below: true } }));
    document.body.dispatchEvent(new CustomEvent("show-toast", { detail: { text: this.dataset.gone } }));
  }
}
customElements.define("message-editor", MessageEditor);
