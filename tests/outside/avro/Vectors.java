import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/** Makes java-*.jsonl from schemas.jsonl, pairs.jsonl and refused.jsonl. Arguments: input directory, output directory. */
public final class Vectors {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int DATA_PER_SCHEMA = 6;
    private static final int DATA_PER_PAIR = 6;

    public static void main(String[] args) throws Exception {
        Path in = Path.of(args[0]);
        Path out = Path.of(args[1]);
        each(in.resolve("schemas.jsonl"), out.resolve("java-data.jsonl"), Vectors::data);
        each(in.resolve("pairs.jsonl"), out.resolve("java-resolution.jsonl"), Vectors::resolution);
        each(in.resolve("refused.jsonl"), out.resolve("java-refused.jsonl"), Vectors::refused);
    }

    private static void data(ObjectNode line) throws Exception {
        Schema schema = new Schema.Parser().parse(line.get("schema").asText());
        line.put("canonical", SchemaNormalization.toParsingForm(schema));
        line.put("rabin", Datum.hex(SchemaNormalization.parsingFingerprint("CRC-64-AVRO", schema)));
        line.put("md5", Datum.hex(SchemaNormalization.parsingFingerprint("MD5", schema)));
        line.put("sha256", Datum.hex(SchemaNormalization.parsingFingerprint("SHA-256", schema)));
        ArrayNode data = line.putArray("data");
        Random random = new Random(line.get("name").asText().hashCode());
        for (int i = 0; i < DATA_PER_SCHEMA; i++) {
            Object datum = Datum.random(schema, random, 0);
            ObjectNode made = data.addObject();
            made.put("json", Datum.json(schema, datum));
            String hex = Datum.hex(Datum.binary(schema, datum));
            made.put("hex", hex);
            String blocked = Datum.hex(Datum.blocked(schema, datum));
            if (!blocked.equals(hex))
                made.put("blocked", blocked);
        }
    }

    private static void resolution(ObjectNode line) throws Exception {
        Schema writer = new Schema.Parser().parse(line.get("writer").asText());
        Schema reader = new Schema.Parser().parse(line.get("reader").asText());
        ArrayNode data = line.putArray("data");
        Random random = new Random(line.get("name").asText().hashCode());
        for (int i = 0; i < DATA_PER_PAIR; i++) {
            byte[] bytes = Datum.binary(writer, Datum.random(writer, random, 0));
            ObjectNode made = data.addObject();
            made.put("hex", Datum.hex(bytes));
            try {
                made.put("json", Datum.json(reader, Datum.read(writer, reader, bytes)));
            } catch (Exception e) {
                made.put("error", e.getClass().getSimpleName() + ": " + e.getMessage());
            }
        }
    }

    private static void refused(ObjectNode line) {
        try {
            new Schema.Parser().parse(line.get("schema").asText());
            line.put("java", "accepts");
        } catch (Exception e) {
            line.put("java", "refuses");
        }
    }

    private static void each(Path from, Path to, Work work) throws Exception {
        try (PrintStream out = new PrintStream(Files.newOutputStream(to), false, "UTF-8")) {
            for (String text : Files.readAllLines(from)) {
                JsonNode line = JSON.readTree(text);
                work.on((ObjectNode) line);
                out.print(JSON.writeValueAsString(line) + "\n");
            }
        }
    }

    private interface Work {
        void on(ObjectNode line) throws Exception;
    }
}
