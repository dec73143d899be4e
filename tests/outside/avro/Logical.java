import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.UUID;
import org.apache.avro.Conversion;
import org.apache.avro.Conversions;
import org.apache.avro.Schema;
import org.apache.avro.data.TimeConversions;

/** Makes java-logical.jsonl: values of logical types as text and as bytes. Argument: output directory. */
public final class Logical {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String[] INSTANTS = {"1970-01-01T00:00:00Z", "2024-02-29T23:59:59.999999Z", "1969-12-31T23:59:59.999Z",
        "1900-01-01T00:00:00.000001Z", "2200-12-31T12:00:00.123Z"};
    private static PrintStream out;

    public static void main(String[] args) throws Exception {
        out = new PrintStream(Files.newOutputStream(Path.of(args[0], "java-logical.jsonl")), false, "UTF-8");
        String money = "\"logicalType\":\"decimal\",\"precision\":18,\"scale\":4}";
        for (String number : new String[] {"0.0000", "1.2345", "-0.0001", "12345678901234.5678", "-99999999999999.9999", "0.0128"})
            for (String type : new String[] {"{\"type\":\"bytes\",", "{\"type\":\"fixed\",\"name\":\"M\",\"size\":9,"})
                line(type + money, number, new BigDecimal(number), new Conversions.DecimalConversion());
        for (String id : new String[] {"00112233-4455-6677-8899-aabbccddeeff", "ffffffff-ffff-ffff-ffff-fffffffffff0"})
            for (String type : new String[] {"{\"type\":\"string\",", "{\"type\":\"fixed\",\"name\":\"U\",\"size\":16,"})
                line(type + "\"logicalType\":\"uuid\"}", id, UUID.fromString(id), new Conversions.UUIDConversion());
        for (String date : new String[] {"1970-01-01", "1969-12-31", "2024-02-29", "0001-01-01", "9999-12-31"})
            line(of("int", "date"), date, LocalDate.parse(date), new TimeConversions.DateConversion());
        for (String time : new String[] {"00:00:00", "23:59:59.999", "12:34:56.007"}) {
            line(of("int", "time-millis"), time, LocalTime.parse(time), new TimeConversions.TimeMillisConversion());
            line(of("long", "time-micros"), time, LocalTime.parse(time), new TimeConversions.TimeMicrosConversion());
        }
        for (String text : INSTANTS) {
            Instant at = Instant.parse(text);
            line(of("long", "timestamp-millis"), text, at, new TimeConversions.TimestampMillisConversion());
            line(of("long", "timestamp-micros"), text, at, new TimeConversions.TimestampMicrosConversion());
            LocalDateTime local = LocalDateTime.parse(text.substring(0, text.length() - 1));
            line(of("long", "local-timestamp-millis"), text, local, new TimeConversions.LocalTimestampMillisConversion());
            line(of("long", "local-timestamp-micros"), text, local, new TimeConversions.LocalTimestampMicrosConversion());
            // Avro 1.12.0 gives 1969-12-31T23:59:59.999Z as +998000000 ns: it counts the fraction backwards before 1970.
            if (at.getEpochSecond() < 0)
                continue;
            line(of("long", "timestamp-nanos"), text, at, new TimeConversions.TimestampNanosConversion());
            line(of("long", "local-timestamp-nanos"), text, local, new TimeConversions.LocalTimestampNanosConversion());
        }
        out.close();
    }

    private static String of(String type, String logical) {
        return "{\"type\":\"" + type + "\",\"logicalType\":\"" + logical + "\"}";
    }

    private static void line(String schemaText, String text, Object value, Conversion<?> conversion) throws Exception {
        Schema schema = new Schema.Parser().parse(schemaText);
        Object raw = Conversions.convertToRawType(value, schema, schema.getLogicalType(), conversion);
        ObjectNode line = JSON.createObjectNode();
        line.put("schema", schemaText);
        line.put("text", text);
        line.put("hex", Datum.hex(Datum.binary(schema, raw)));
        out.print(JSON.writeValueAsString(line) + "\n");
    }
}
