-- Repairs what the source sends, before it is written (handlers/README.md, "Ours").
--
-- The time is not repaired here: `z_is_local` of datemiseajour reads it, because in the night in which the clock is put
-- back only the record that is stored, and when it came, tell which of two hours is meant.

-- What a state is called since 2016. Words that are not here stay, and are flagged.
local STATES = {
  ["EN SERVICE"] = "EN SERVICE",
  ["HORS SERVICE"] = "HORS SERVICE",
  ["EN MAINTENANCE"] = "EN MAINTENANCE",
  ["IN_MAINTENANCE"] = "EN MAINTENANCE",
  ["RÉFORMÉ"] = "RÉFORMÉ",
  ["DÉCONNECTÉ"] = "DÉCONNECTÉ",
}
local CONNECTIONS = {connecte = "CONNECTED", connectee = "CONNECTED", connected = "CONNECTED",
                     deconnecte = "DISCONNECTED", deconnectee = "DISCONNECTED", disconnected = "DISCONNECTED"}

-- Longitude and latitude, in whichever of its forms the position came.
local function place(record)
  local lon, lat = tonumber(record.x), tonumber(record.y)
  local geo = record.geo or record.geom
  if lon and lat then
    return lon, lat
  elseif type(geo) == "table" then
    return tonumber(geo.lon or geo[2]), tonumber(geo.lat or geo[1])
  elseif type(geo) == "string" then
    lon, lat = geo:match("^%s*POINT%s*%(%s*(%S+)%s+([^%s)]+)%s*%)")
    if not lon then
      lat, lon = geo:match("^%s*([^%s,]+)%s*,%s*(%S+)")
    end
  end
  return tonumber(lon), tonumber(lat)
end

-- By name and place: one name stands for two stations, and no number comes from the source any more. A thousandth of a
-- degree is about 100 m: less than between two stations, more than what a position is corrected by.
local function identifier(record, lon, lat)
  local name = text.slug(record.nom)
  if lon then
    return string.format("%s-%d-%d", name, math.floor(lat * 1000 + 0.5), math.floor(lon * 1000 + 0.5))
  end
  return name .. "-" .. text.slug(tostring(record.adresse))
end

-- A town is spelt in many ways, so it is the one whose contour holds the station. A code that comes is believed.
local function settle_town(record, lon, lat, note)
  local town = lon and geo.area("communes", lon, lat)
  if record.code_insee then
    return
  elseif town then
    record.commune, record.code_insee = town.nom, town.insee
  else
    note(lon and "commune_inconnue" or "position_absente")
  end
end

function on_ingest(record)
  local notes = {}
  local function note(word) notes[#notes + 1] = word end

  local lon, lat = place(record)
  if not (lon and lat and math.abs(lon) <= 180 and math.abs(lat) <= 90) then
    lon, lat = nil, nil
  end
  if type(record.nom) == "string" then
    record.id_station = identifier(record, lon, lat)
  end
  settle_town(record, lon, lat, note)

  local state = STATES[record.etat]
  record.etat = state or record.etat
  if not state then note("etat_inconnu") end
  for _, name in ipairs {"etatconnexion", "etat_connexion"} do
    if type(record[name]) == "string" then
      record[name] = CONNECTIONS[text.fold(record[name])] or record[name]
    end
  end

  local bikes = tonumber(record.nbvelosdispo or record.nb_velos_dispo)
  local docks = tonumber(record.nbplacesdispo or record.nb_places_dispo)
  if bikes and bikes < 0 then note("velos_negatifs") end
  if docks and docks < 0 then note("places_negatives") end
  if state == "EN SERVICE" and bikes == 0 and docks == 0 then note("capacite_nulle") end
  record.anomalies = #notes > 0 and notes or nil
end
