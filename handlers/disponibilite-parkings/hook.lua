-- What cannot be stays as the source has it, for nobody knows what it should be, and is flagged.
local STATES = {LIBRE = true, OUVERT = true, COMPLET = true, FERME = true, ABONNES = true}

function on_ingest(record)
  local notes = {}
  local free, all = tonumber(record.dispo), tonumber(record.max)
  if free and all and free > all then notes[#notes + 1] = "dispo_superieur_a_max" end
  if free and free < 0 then notes[#notes + 1] = "dispo_negatif" end
  if not STATES[record.etat] then notes[#notes + 1] = "etat_inconnu" end
  record.anomalies = #notes > 0 and notes or nil
end
