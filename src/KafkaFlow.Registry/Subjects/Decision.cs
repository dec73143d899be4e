using KafkaFlow.Registry.Http;
using KafkaFlow.Registry.Storage;

namespace KafkaFlow.Registry.Subjects;

/// <summary>What a change comes to: records to write first, and the answer once they are written.</summary>
internal sealed record Decision(Answer Answer, params IReadOnlyList<RegistryRecord> Records);
