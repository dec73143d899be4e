import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/**
 * The opposite direction: per line of standard input {"schema", "hex"}, decodes bytes made elsewhere and answers
 * {"canonical", "rabin", "json", "hex"} or {"error"}. With "reader", the datum is resolved to that schema.
 */
public final class Answers {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String text = in.readLine(); text != null; text = in.readLine()) {
            ObjectNode answer = JSON.createObjectNode();
            try {
                answer(JSON.readTree(text), answer);
            } catch (Exception e) {
                answer.put("error", e.toString());
            }
            out.print(JSON.writeValueAsString(answer) + "\n");
        }
        out.flush();
    }

    private static void answer(JsonNode line, ObjectNode answer) throws Exception {
        Schema writer = new Schema.Parser().parse(line.get("schema").asText());
        Schema reader = line.has("reader") ? new Schema.Parser().parse(line.get("reader").asText()) : writer;
        answer.put("canonical", SchemaNormalization.toParsingForm(writer));
        answer.put("rabin", Datum.hex(SchemaNormalization.parsingFingerprint("CRC-64-AVRO", writer)));
        Object datum = Datum.read(writer, reader, Datum.unhex(line.get("hex").asText()));
        answer.put("json", Datum.json(reader, datum));
        answer.put("hex", Datum.hex(Datum.binary(reader, datum)));
    }
}
