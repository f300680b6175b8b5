// Sends files to the server, three at a time, each with its progress; its chip then gives way to the server's own.
// <file-chips><ul></ul><file-uploads hidden data-url="/attachments/" data-session="ID or empty" data-most="20000000" (bytes) data-…></file-uploads>
//   <template><li data-uploading>… .file-chip__name, progress, .file-chip__said, [data-again], [data-dismiss]</li></template></file-chips>
// Listens for files-chosen {files} on body; says files-changed (bubbles) when a chip came or went.
const SMALL = 256_000; // bytes that may be on their way whatever was told of the progress
class FileUploads extends HTMLElement {
  #list; #queue = []; #running = 0;

  connectedCallback() {
    this.#list = this.parentElement.querySelector("ul");
    document.body.addEventListener("files-chosen", this.#chosen);
  }

  disconnectedCallback() { document.body.removeEventListener("files-chosen", this.#chosen); }

  #chosen = ({ detail: { files } }) => { for (const file of files) this.#add(file); };

  #add(file) {
    const chip = this.parentElement.querySelector("template").content.firstElementChild.cloneNode(true);
    chip.querySelector(".file-chip__name").textContent = file.name;
    chip.querySelector("progress").ariaLabel = this.dataset.progress.replace("{name}", file.name);
    const dismiss = chip.querySelector("[data-dismiss]");
    dismiss.ariaLabel = dismiss.title = this.dataset.cancel.replace("{name}", file.name);
    const upload = { file, chip, request: null };
    chip.querySelector("[data-again]").addEventListener("click", () => this.#enqueue(upload));
    dismiss.addEventListener("click", () => this.#drop(upload));
    this.#list.append(chip);
    if (file.size > Number(this.dataset.most)) this.#fail(upload, this.dataset.tooLarge.replace("{most}", Math.floor(this.dataset.most / 1e6)), false);
    else this.#enqueue(upload);
  }

  #enqueue(upload) {
    upload.chip.dataset.uploading = "";
    upload.chip.classList.remove("file-chip--refused");
    upload.chip.querySelector("progress").hidden = false;
    upload.chip.querySelector(".file-chip__said").hidden = upload.chip.querySelector("[data-again]").hidden = true;
    this.#queue.push(upload);
    this.#next();
    this.#changed();
  }

  #next() {
    while (this.#running < 3 && this.#queue.length) this.#send(this.#queue.shift());
  }

  #send(upload) {
    const request = upload.request = new XMLHttpRequest(), body = new FormData();
    const form = this.closest("form");
    body.append("session", this.dataset.session);
    body.append("file", upload.file, upload.file.name || "file");
    request.upload.addEventListener("progress", ({ loaded, total }) => { upload.chip.querySelector("progress").value = (100 * loaded) / total; });
    request.addEventListener("loadend", () => this.#ended(upload));
    request.open("POST", this.dataset.url);
    request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    request.setRequestHeader("HX-Request", "true");
    this.#running += 1;
    request.send(body);
  }

  #ended(upload) {
    this.#running -= 1;
    this.#next();
    const { status, responseText } = upload.request;
    if (upload.chip.hidden) return this.#take(upload);
    if (!upload.chip.isConnected) return;
    if (status !== 200) return this.#refused(upload, status);
    const made = document.createElement("template");
    made.innerHTML = responseText;
    const chips = [...made.content.children];
    upload.chip.replaceWith(...chips);
    for (const chip of chips) htmx.process(chip);
    this.#changed();
  }

  // What the server says in plain words is shown. A page for an answer means that this one is out of date: another try
  // would end alike.
  #refused(upload, status) {
    const { request } = upload, login = request.getResponseHeader("HX-Redirect");
    if (status === 401 && login) return location.assign(login); // the draft is kept
    const plain = request.getResponseHeader("Content-Type")?.startsWith("text/plain") && (status < 500 || status === 507);
    const stale = !plain && (status === 403 || status === 404);
    this.#fail(upload, plain ? request.responseText : stale ? this.dataset.stale : this.dataset.failed, !stale && status !== 413);
  }

  #fail({ chip }, sentence, again) {
    delete chip.dataset.uploading;
    chip.classList.add("file-chip--refused");
    chip.querySelector("progress").hidden = true;
    Object.assign(chip.querySelector(".file-chip__said"), { textContent: sentence, hidden: false });
    chip.querySelector("[data-again]").hidden = !again;
    this.#changed();
  }

  #drop(upload) {
    this.#queue = this.#queue.filter((each) => each !== upload);
    const { chip, request, file } = upload, bar = chip.querySelector("progress");
    const arrived = bar.value === bar.max || file.size < SMALL;
    if ("uploading" in chip.dataset && request && arrived) chip.hidden = true;
    else {
      chip.remove();
      request?.abort();
    }
    this.#changed();
  }

  // All of it may have arrived when it was dropped: the server keeps it, so it is taken back as soon as it has a place.
  // Until then the hidden chip keeps it from coming back.
  async #take({ chip, request }) {
    const made = document.createElement("template");
    made.innerHTML = request.status === 200 ? request.responseText : "";
    const headers = { "X-CSRFToken": this.closest("form").elements.csrfmiddlewaretoken.value, "HX-Request": "true" };
    for (const button of made.content.querySelectorAll("button[formaction]")) {
      try { await fetch(button.getAttribute("formaction"), { method: "POST", headers }); } catch { /* it is offered as unsent then */ }
    }
    chip.remove();
    this.#changed();
  }

  #changed() { this.dispatchEvent(new CustomEvent("files-changed", { bubbles: true })); }
}
customElements.define("file-uploads", FileUploads);
