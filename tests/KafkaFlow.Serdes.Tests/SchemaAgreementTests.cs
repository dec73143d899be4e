using KafkaFlow.Avro;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Serdes.Codecs;

namespace KafkaFlow.Serdes.Tests;

[Trait("tier", "fast")]
public sealed class SchemaAgreementTests
{
    [Fact]
    public void The_codecs_fields_are_those_of_the_schemas_in_their_order()
    {
        Agrees(new CommandCodec());
        Agrees(new EventCodec());
        Agrees(new TaskCodec());
        Agrees(new PlaybookCodec());
    }

    [Fact]
    public void Topics_are_called_by_the_same_names_everywhere()
    {
        var names = new TopicNames("p");
        Assert.Equal(names.Tasks("python"), TopicDefinitions.Of("tasks.python").FullName("p"));
        string[] all =
        [
            names.Commands, names.Events, names.TaskControl, names.Playbooks, names.Schemas, names.Blobs, names.Changelog,
            names.Dlq, names.Tasks(TopicDefinition.TypePlaceholder),
        ];
        Assert.Equal(all.Order(), TopicDefinitions.Load().Select(d => d.FullName("p")).Order());
        var schemas = TopicDefinitions.Load().Select(d => d.Schema).OfType<string>();
        Assert.Equal(["Command", "ExecutionEvent", "Playbook", "Task"], schemas.Order());
    }

    [Fact]
    public void A_command_has_no_more_fields_than_the_rules_have_bits() =>
        Assert.InRange(CommandCodec.Form.Fields.Count, 1, 64);

    private static void Agrees<T>(RecordCodec<T> codec) where T : class
    {
        var expected = ((RecordSchema)codec.Schema).Fields.Select(Shape).ToArray();
        Assert.Equal(expected, codec.Shape.Fields);
    }

    private static FieldShape Shape(RecordField field)
    {
        var union = field.Type as UnionSchema;
        var type = union is null ? field.Type : union.Branches[1];
        if (union is not null)
        {
            Assert.Equal(2, union.Branches.Count);
            Assert.Equal(AvroType.Null, union.Branches[0].Type);
            Assert.True(field.HasDefault && field.Default.IsNull, $"{field.Name} is nullable without default null");
        }
        var kind = type.Type switch
        {
            AvroType.String when field.Doc?.StartsWith("JSON text", StringComparison.Ordinal) == true => FieldKind.Json,
            AvroType.String => field is { Name: "playbook_version" } ? FieldKind.Version : FieldKind.Text,
            AvroType.Int => FieldKind.Int,
            AvroType.Long => type.Logical?.Kind == LogicalKind.TimestampMicros ? FieldKind.Time : FieldKind.Long,
            AvroType.Boolean => FieldKind.Boolean,
            _ => throw new InvalidOperationException($"no field kind for {type}"),
        };
        return new FieldShape(field.Name, kind, union is null);
    }
}
