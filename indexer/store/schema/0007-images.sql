-- Container images, as who rendered a chart listed them.
--
-- Projection: they follow from the events 'images' and 'images.delete', as provenance does from 'prov'.

PRAGMA user_version = 7;

-- One reference a line, sorted; NULL: nobody pushed a list. It is of these bytes: another digest has none.
ALTER TABLE version ADD COLUMN images TEXT;
