// Reads lines "SCHEMA HEX" on stdin and decodes each datum with Apache Avro's Java library. Prints one JSON object per
// line: the fields as Avro has them, and under "" the bytes the library writes for the same record.
//   java -cp 'AVRO_LIBS/*' DecodeWithAvro.java DIRECTORY_OF_AVSC < lines
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

public class DecodeWithAvro {
    public static void main(String[] args) throws Exception {
        ObjectMapper json = new ObjectMapper();
        Map<String, Schema> schemas = new HashMap<>();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        StringBuilder out = new StringBuilder();
        for (String line; (line = lines.readLine()) != null; ) {
            String[] parts = line.split(" ");
            if (!schemas.containsKey(parts[0]))
                schemas.put(parts[0], new Schema.Parser().parse(new File(args[0], parts[0] + ".avsc")));
            Schema schema = schemas.get(parts[0]);
            byte[] bytes = HexFormat.of().parseHex(parts[1]);
            BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(bytes, null);
            GenericRecord record = new GenericDatumReader<GenericRecord>(schema).read(null, decoder);
            if (!decoder.isEnd()) throw new IllegalStateException("bytes left over in: " + line);
            Map<String, Object> fields = new LinkedHashMap<>();
            for (Schema.Field field : schema.getFields()) {
                Object value = record.get(field.pos());
                fields.put(field.name(), value instanceof CharSequence ? value.toString() : value);
            }
            ByteArrayOutputStream again = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(again, null);
            new GenericDatumWriter<GenericRecord>(schema).write(record, encoder);
            encoder.flush();
            fields.put("", HexFormat.of().formatHex(again.toByteArray()));
            fields.put(" fingerprint", HexFormat.of().toHexDigits(SchemaNormalization.parsingFingerprint64(schema)));
            out.append(json.writeValueAsString(fields)).append('\n');
        }
        System.out.write(out.toString().getBytes(StandardCharsets.UTF_8));
        System.out.flush();
    }
}
