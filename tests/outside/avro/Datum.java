import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.StringJoiner;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.EncoderFactory;

/** Random data of a schema, and its encodings by Apache Avro. */
final class Datum {
    private static final int[] INTS = {0, 1, -1, 63, 64, -64, -65, 8191, 8192, Integer.MAX_VALUE, Integer.MIN_VALUE};
    private static final long[] LONGS = {0, -1, 1L << 34, -(1L << 48), Long.MAX_VALUE, Long.MIN_VALUE, 1234567890123456L};
    private static final double[] DOUBLES = {0, -0.0, 1.5, -1e-300, Double.NaN, Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY, Double.MAX_VALUE, Double.MIN_VALUE};
    private static final String[] STRINGS = {"", "a", "żółw", "\u0000", "\"\\\n", "日本", "😀", "x".repeat(70)};

    // Avro 1.12.0 pushes the doubles of an array through float (AVRO-4108); lists of objects do not.
    private static final GenericData PLAIN_ARRAYS = new GenericData() {
        @Override
        public Object newArray(Object old, int size, Schema schema) {
            return new GenericData.Array<>(size, schema);
        }
    };

    static Object random(Schema schema, Random random, int depth) {
        switch (schema.getType()) {
            case NULL: return null;
            case BOOLEAN: return random.nextBoolean();
            case INT: return random.nextInt(3) > 0 ? INTS[random.nextInt(INTS.length)] : random.nextInt();
            case LONG: return random.nextInt(3) > 0 ? LONGS[random.nextInt(LONGS.length)] : random.nextLong();
            case FLOAT: return (float) DOUBLES[random.nextInt(DOUBLES.length)] + (random.nextBoolean() ? 0 : random.nextFloat());
            case DOUBLE: return random.nextBoolean() ? DOUBLES[random.nextInt(DOUBLES.length)] : random.nextGaussian();
            case BYTES: return ByteBuffer.wrap(bytes(random, random.nextInt(12)));
            case STRING: return STRINGS[random.nextInt(STRINGS.length)];
            case FIXED: return new GenericData.Fixed(schema, bytes(random, schema.getFixedSize()));
            case ENUM: return new GenericData.EnumSymbol(schema,
                schema.getEnumSymbols().get(random.nextInt(schema.getEnumSymbols().size())));
            case UNION: return random(branch(schema, random, depth), random, depth);
            case RECORD: {
                GenericData.Record record = new GenericData.Record(schema);
                for (Schema.Field field : schema.getFields())
                    record.put(field.pos(), random(field.schema(), random, depth + 1));
                return record;
            }
            case ARRAY: {
                List<Object> items = new ArrayList<>();
                for (int n = size(random, depth); n > 0; n--)
                    items.add(random(schema.getElementType(), random, depth + 1));
                return items;
            }
            case MAP: {
                Map<String, Object> map = new LinkedHashMap<>();
                for (int n = size(random, depth); n > 0; n--)
                    map.put("k" + random.nextInt(100), random(schema.getValueType(), random, depth + 1));
                return map;
            }
            default: throw new IllegalStateException("type " + schema.getType());
        }
    }

    static byte[] binary(Schema schema, Object datum) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        write(schema, datum, EncoderFactory.get().binaryEncoder(out, null));
        return out.toByteArray();
    }

    /** With block counts below zero and byte sizes. */
    static byte[] blocked(Schema schema, Object datum) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        write(schema, datum, new EncoderFactory().configureBlockSize(64).blockingBinaryEncoder(out, null));
        return out.toByteArray();
    }

    static String json(Schema schema, Object datum) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        write(schema, datum, EncoderFactory.get().jsonEncoder(schema, out, false));
        return out.size() == 0 ? hollow(schema) : out.toString("UTF-8");
    }

    // The encoder writes nothing at all for records that hold only records without fields.
    private static String hollow(Schema record) {
        StringJoiner fields = new StringJoiner(",", "{", "}");
        for (Schema.Field field : record.getFields())
            fields.add("\"" + field.name() + "\":" + hollow(field.schema()));
        return fields.toString();
    }

    static Object read(Schema writer, Schema reader, byte[] bytes) throws Exception {
        BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(bytes, null);
        Object datum = new GenericDatumReader<>(writer, reader, PLAIN_ARRAYS).read(null, decoder);
        if (!decoder.isEnd())
            throw new IllegalStateException("bytes left over");
        return datum;
    }

    static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte b : bytes)
            text.append(String.format("%02X", b));
        return text.toString();
    }

    static byte[] unhex(String text) {
        byte[] bytes = new byte[text.length() / 2];
        for (int i = 0; i < bytes.length; i++)
            bytes[i] = (byte) Integer.parseInt(text, 2 * i, 2 * i + 2, 16);
        return bytes;
    }

    private static void write(Schema schema, Object datum, Encoder encoder) throws Exception {
        new GenericDatumWriter<>(schema).write(datum, encoder);
        encoder.flush();
    }

    private static Schema branch(Schema union, Random random, int depth) {
        List<Schema> branches = union.getTypes();
        if (depth > 4)
            for (Schema branch : branches)
                if (branch.getType() == Schema.Type.NULL)
                    return branch;
        return branches.get(random.nextInt(branches.size()));
    }

    private static int size(Random random, int depth) {
        return depth > 4 ? 0 : random.nextInt(4);
    }

    private static byte[] bytes(Random random, int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }
}
