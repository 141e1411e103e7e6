"use strict";
(() => {
  const packed = document.getElementById("packed");
  if (!packed) return;
  const bytes = Uint8Array.from(atob(packed.textContent.trim()), (letter) => letter.charCodeAt(0));
  const sound = document.getElementById("sound");
  sound.src = URL.createObjectURL(new Blob([bytes], { type: "audio/ogg" }));
  const rows = [...document.querySelectorAll(".row[data-at]")];
  const moment = (row) => Number(row.dataset.at) / 1000;
  document.addEventListener("click", (event) => {
    const row = event.target.closest(".row[data-at]");
    if (!row || !document.getSelection().isCollapsed) return;
    sound.currentTime = moment(row);
    sound.play();
  });
  const said = rows.filter((row) => row.classList.contains("line"));
  sound.addEventListener("timeupdate", () => {
    let now = null;
    for (const row of said) if (moment(row) <= sound.currentTime + 0.05) now = row;
    for (const row of said) row.classList.toggle("now", row === now && !sound.paused);
  });
})();
