// Files of the message that is being written: they go when it is sent, come back when that failed, and wait for uploads.
// <file-chips data-waits="…" data-no-pictures="{model} does not …" data-most="50" data-too-many="…"><ul><li id="file-ID" data-kind="picture"><input name="attachments">…</li></ul><p class="files__notice" hidden></p></file-chips>
// in the composer's form. Listens for files-changed, file-removed {id} (an answer's HX-Trigger), message-taken and message-failed.
class FileChips extends HTMLElement {
  #form; #list; #notice; #waiting = false;

  connectedCallback() {
    this.#form = this.closest("form");
    this.#list = this.querySelector("ul");
    this.#notice = this.querySelector(".files__notice");
    this.#form.removeAttribute("enctype"); // only a form without scripts carries files itself
    this.addEventListener("files-changed", () => this.#changed());
    this.addEventListener("click", (event) => this.#dismiss(event));
    this.#form.elements.model?.addEventListener("change", () => this.#look());
    this.#form.addEventListener("message-taken", ({ detail }) => this.#taken(detail));
    this.#form.addEventListener("message-failed", () => this.#mark(false));
    document.addEventListener("submit", this.#sending, { capture: true });
    document.body.addEventListener("message-sending", this.#sent);
    document.body.addEventListener("file-removed", this.#removed);
    this.#look();
  }

  disconnectedCallback() {
    document.removeEventListener("submit", this.#sending, { capture: true });
    document.body.removeEventListener("message-sending", this.#sent);
    document.body.removeEventListener("file-removed", this.#removed);
  }

  get #uploading() { return this.#list.querySelector("[data-uploading]:not([hidden])") !== null; }

  // Sent before the last file is there, the message waits for it.
  #sending = (event) => {
    if (event.target !== this.#form || !this.#uploading || event.submitter?.formAction.includes("/remove/")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#waiting = true;
    this.#look();
  };

  #changed() {
    this.#form.elements.client_id.value = ""; // another message than the one that may have been sent
    const send = this.#waiting && !this.#uploading;
    if (send) this.#waiting = false;
    this.#look();
    if (send && !this.#list.querySelector(".file-chip--refused")) this.#form.requestSubmit();
  }

  #sent = () => this.#mark(true);

  #mark(sent) {
    for (const chip of this.#list.children) chip.toggleAttribute("data-sent", sent && chip.querySelector("[name=attachments]") !== null);
  }

  // They stay for the next message where a command was run.
  #taken({ sent }) {
    if (!sent) this.#mark(false);
    for (const chip of this.#list.querySelectorAll("[data-sent]")) chip.remove();
    this.#look();
  }

  #removed = ({ detail: { id } }) => {
    const chip = this.querySelector(`#file-${CSS.escape(id)}`);
    if (!chip) return;
    const next = chip.nextElementSibling?.querySelector("button") ?? document.getElementById("message-box");
    chip.remove();
    next.focus({ preventScroll: true });
    this.#changed();
  };

  #dismiss({ target }) {
    const button = target.closest("[data-dismiss]");
    if (!button || target.closest("[data-uploading]")) return;
    button.closest("li").remove();
    this.#changed();
  }

  // What would be refused is said before anything is sent.
  #look() {
    const refused = this.#tooMany() || this.#unseen();
    const said = refused || (this.#waiting ? this.dataset.waits : "");
    this.#notice.textContent = said;
    this.#notice.hidden = !said;
    this.#notice.classList.toggle("files__notice--warn", Boolean(refused));
  }

  #tooMany() {
    const { most, tooMany } = this.dataset, surplus = this.#list.querySelectorAll(".file-chip:not(.file-chip--refused)").length - most;
    return surplus > 0 ? tooMany.replace("{most}", most).replace("{surplus}", surplus) : "";
  }

  #unseen() {
    const model = this.#form.elements.model?.selectedOptions[0];
    if (!model?.hasAttribute("data-no-pictures") || !this.#list.querySelector('[data-kind="picture"]')) return "";
    return this.dataset.noPictures.replace("{model}", model.text);
  }
}
customElements.define("file-chips", FileChips);
