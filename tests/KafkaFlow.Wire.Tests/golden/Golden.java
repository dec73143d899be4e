import java.nio.ByteBuffer;
import java.util.*;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.*;
import org.apache.kafka.common.protocol.types.*;
import org.apache.kafka.common.record.*;

/** Prints messages of Kafka's own classes: api key, request or response, version, bytes in hexadecimal. Made with
 *  javac and java on the libraries of a Kafka installation; arguments: lines of key:lowest:highest. */
public class Golden {
    static final Random random = new Random(4101);

    public static void main(String[] args) throws Exception {
        for (String arg : args) {
            String[] p = arg.split(":");
            ApiMessageType type = ApiMessageType.fromApiKey(Short.parseShort(p[0]));
            for (short v = Short.parseShort(p[1]); v <= Short.parseShort(p[2]); v++) {
                for (int i = 0; i < 3; i++) {
                    print(p[0], "request", v, type.newRequest(), type.requestSchemas());
                    print(p[0], "response", v, type.newResponse(), type.responseSchemas());
                }
            }
        }
    }

    static void print(String key, String what, short v, ApiMessage message, Schema[] schemas) {
        if (v < message.lowestSupportedVersion() || v > message.highestSupportedVersion()) return;
        Schema schema = schemas[v];
        ByteBuffer raw = ByteBuffer.allocate(1 << 20);
        schema.write(raw, value(schema, 0));
        raw.flip();
        message.read(new ByteBufferAccessor(raw), v);
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer out = ByteBuffer.allocate(message.size(cache, v));
        message.write(new ByteBufferAccessor(out), cache, v);
        StringBuilder hex = new StringBuilder();
        for (byte b : out.array()) hex.append(String.format("%02x", b));
        System.out.println(key + " " + what + " " + v + " " + hex);
    }

    static Object value(Type type, int depth) {
        if (type.isNullable() && random.nextInt(4) == 0) return null;
        if (type instanceof Schema) {
            Struct s = new Struct((Schema) type);
            for (BoundField f : ((Schema) type).fields()) s.set(f, value(f.def.type, depth + 1));
            return s;
        }
        if (type instanceof TaggedFields) {
            NavigableMap<Integer, Object> tags = new TreeMap<>();
            ((TaggedFields) type).fields().forEach((tag, field) -> {
                if (random.nextInt(3) > 0) tags.put(tag, value(field.type, depth + 1));
            });
            return tags;
        }
        Optional<Type> element = type.arrayElementType();
        if (element.isPresent()) {
            Object[] list = new Object[random.nextInt(depth > 4 ? 2 : 3)];
            for (int i = 0; i < list.length; i++) list[i] = value(element.get(), depth + 1);
            return list;
        }
        String name = type.toString();
        switch (name) {
            case "BOOLEAN": return random.nextBoolean();
            case "INT8": return (byte) random.nextInt();
            case "INT16": return (short) random.nextInt();
            case "UINT16": return random.nextInt(65536);
            case "INT32": return random.nextInt();
            case "UINT32": return random.nextLong() & 0xffffffffL;
            case "INT64": return random.nextLong();
            case "FLOAT64": return random.nextDouble();
            case "UUID": return new Uuid(random.nextLong(), random.nextLong());
            case "STRING": case "NULLABLE_STRING": case "COMPACT_STRING": case "COMPACT_NULLABLE_STRING": return text();
            case "BYTES": case "NULLABLE_BYTES": case "COMPACT_BYTES": case "COMPACT_NULLABLE_BYTES": return ByteBuffer.wrap(bytes());
            case "RECORDS": case "COMPACT_RECORDS": return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes()));
            default: throw new IllegalStateException(name + " " + type.getClass());
        }
    }

    static String text() {
        String[] texts = {"", "a", "topic-1", "äß€", "x".repeat(130)};
        return texts[random.nextInt(texts.length)];
    }

    static byte[] bytes() {
        byte[] b = new byte[random.nextInt(20)];
        random.nextBytes(b);
        return b;
    }
}
