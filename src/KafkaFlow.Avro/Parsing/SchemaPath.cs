using System.Text;

namespace KafkaFlow.Avro.Parsing;

/// <summary>A place in a schema or datum; becomes text only when something is wrong there.</summary>
internal sealed class SchemaPath
{
    private readonly SchemaPath? _parent;
    private readonly string? _name;
    private readonly int _index;

    private SchemaPath(SchemaPath? parent, string? name, int index)
    {
        _parent = parent;
        _name = name;
        _index = index;
    }

    public static SchemaPath Root { get; } = new(null, null, 0);

    public SchemaPath To(string name) => new(this, name, 0);

    public SchemaPath Item(int index) => new(this, null, index);

    public SchemaPath Item(string name, int index) => To(name).Item(index);

    public override string ToString()
    {
        var parts = new Stack<SchemaPath>();
        for (SchemaPath at = this; at._parent is not null; at = at._parent)
            parts.Push(at);
        var text = new StringBuilder("$");
        foreach (SchemaPath part in parts)
        {
            if (part._name is null)
                text.Append('[').Append(part._index).Append(']');
            else
                text.Append('.').Append(part._name);
        }

        return text.ToString();
    }
}
