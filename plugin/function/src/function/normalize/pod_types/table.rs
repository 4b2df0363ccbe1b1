//! The types of a pod spec: every field at every depth, as Kubernetes 1.36 has them.
//!
//! A test compares them with the schema that `k8s-openapi` has for a PodSpec, and another one with
//! Go's own types (`k8s.io/api/core/v1/types.go`), from which the schema does not say what becomes of
//! a zero value. Types that are equal are here once. Fields are in the order of their bytes.

use super::shape::{
    ANY, FLAG, Field, MAP, NUMBER, NUMBERS, PORT, QUANTITIES, QUANTITY, Shape, TEXT, TEXTS, kept, list,
    needed, object, projected, word,
};
use super::words::*;

/// `NAME { field: what it is, … }` for each type.
macro_rules! shapes {
    ($($shape:ident { $($field:ident: $of:expr),* })*) => {
        $(pub(in crate::function::normalize) static $shape: Shape = Shape {
            fields: &[$(Field { name: stringify!($field), of: $of }),*],
        };)*
    };
}

// The containers of a PodSpec are required there; here the container "function" is always added.
shapes! {
    POD {
        activeDeadlineSeconds: kept(NUMBER), affinity: object(&AFFINITY),
        automountServiceAccountToken: kept(FLAG), containers: list(&CONTAINER),
        dnsConfig: object(&POD_DNS_CONFIG), dnsPolicy: word(&DNS_POLICY), enableServiceLinks: kept(FLAG),
        ephemeralContainers: list(&EPHEMERAL_CONTAINER), hostAliases: list(&HOST_ALIAS), hostIPC: FLAG,
        hostNetwork: FLAG, hostPID: FLAG, hostUsers: kept(FLAG), hostname: TEXT,
        hostnameOverride: kept(TEXT), imagePullSecrets: list(&LOCAL_OBJECT_REFERENCE),
        initContainers: list(&CONTAINER), nodeName: TEXT, nodeSelector: MAP, os: object(&POD_OS),
        overhead: QUANTITIES, preemptionPolicy: kept(word(&PREEMPTION)), priority: kept(NUMBER),
        priorityClassName: TEXT, readinessGates: list(&POD_READINESS_GATE),
        resourceClaims: list(&POD_RESOURCE_CLAIM), resources: object(&RESOURCE_REQUIREMENTS),
        restartPolicy: TEXT, runtimeClassName: kept(TEXT), schedulerName: TEXT,
        schedulingGates: list(&POD_SCHEDULING_GATE), schedulingGroup: object(&POD_SCHEDULING_GROUP),
        securityContext: object(&POD_SECURITY_CONTEXT), serviceAccount: TEXT, serviceAccountName: TEXT,
        setHostnameAsFQDN: kept(FLAG), shareProcessNamespace: kept(FLAG), subdomain: TEXT,
        terminationGracePeriodSeconds: kept(NUMBER), tolerations: list(&TOLERATION),
        topologySpreadConstraints: list(&TOPOLOGY_SPREAD_CONSTRAINT), volumes: list(&VOLUME)
    }
    VOLUME {
        awsElasticBlockStore: object(&AWS_ELASTIC_BLOCK_STORE_VOLUME), azureDisk: object(&AZURE_DISK_VOLUME),
        azureFile: object(&AZURE_FILE_VOLUME), cephfs: object(&CEPH_FS_VOLUME),
        cinder: object(&CINDER_VOLUME), configMap: object(&CONFIG_MAP_VOLUME), csi: object(&CSI_VOLUME),
        downwardAPI: object(&DOWNWARD_API_VOLUME), emptyDir: object(&EMPTY_DIR_VOLUME),
        ephemeral: object(&EPHEMERAL_VOLUME), fc: object(&FC_VOLUME), flexVolume: object(&FLEX_VOLUME),
        flocker: object(&FLOCKER_VOLUME), gcePersistentDisk: object(&GCE_PERSISTENT_DISK_VOLUME),
        gitRepo: object(&GIT_REPO_VOLUME), glusterfs: object(&GLUSTERFS_VOLUME),
        hostPath: object(&HOST_PATH_VOLUME), image: object(&IMAGE_VOLUME), iscsi: object(&ISCSI_VOLUME),
        name: needed(TEXT), nfs: object(&NFS_VOLUME),
        persistentVolumeClaim: object(&PERSISTENT_VOLUME_CLAIM_VOLUME),
        photonPersistentDisk: object(&PHOTON_PERSISTENT_DISK_VOLUME),
        portworxVolume: object(&PORTWORX_VOLUME), projected: projected(&PROJECTED_VOLUME),
        quobyte: object(&QUOBYTE_VOLUME), rbd: object(&RBD_VOLUME), scaleIO: object(&SCALE_IO_VOLUME),
        secret: object(&SECRET_VOLUME), storageos: object(&STORAGE_OS_VOLUME),
        vsphereVolume: object(&VSPHERE_VIRTUAL_DISK_VOLUME)
    }
    VSPHERE_VIRTUAL_DISK_VOLUME {
        fsType: TEXT, storagePolicyID: TEXT, storagePolicyName: TEXT, volumePath: needed(TEXT)
    }
    STORAGE_OS_VOLUME {
        fsType: TEXT, readOnly: FLAG, secretRef: object(&LOCAL_OBJECT_REFERENCE), volumeName: TEXT,
        volumeNamespace: TEXT
    }
    SECRET_VOLUME {
        defaultMode: kept(NUMBER), items: list(&KEY_TO_PATH), optional: kept(FLAG), secretName: TEXT
    }
    SCALE_IO_VOLUME {
        fsType: TEXT, gateway: needed(TEXT), protectionDomain: TEXT, readOnly: FLAG,
        secretRef: needed(object(&LOCAL_OBJECT_REFERENCE)), sslEnabled: FLAG, storageMode: TEXT,
        storagePool: TEXT, system: needed(TEXT), volumeName: TEXT
    }
    RBD_VOLUME {
        fsType: TEXT, image: needed(TEXT), keyring: TEXT, monitors: needed(TEXTS), pool: TEXT,
        readOnly: FLAG, secretRef: object(&LOCAL_OBJECT_REFERENCE), user: TEXT
    }
    QUOBYTE_VOLUME {
        group: TEXT, readOnly: FLAG, registry: needed(TEXT), tenant: TEXT, user: TEXT, volume: needed(TEXT)
    }
    PROJECTED_VOLUME { defaultMode: kept(NUMBER), sources: list(&VOLUME_PROJECTION) }
    VOLUME_PROJECTION {
        clusterTrustBundle: object(&CLUSTER_TRUST_BUNDLE_PROJECTION),
        configMap: object(&CONFIG_MAP_PROJECTION), downwardAPI: object(&DOWNWARD_API_PROJECTION),
        podCertificate: object(&POD_CERTIFICATE_PROJECTION), secret: object(&CONFIG_MAP_PROJECTION),
        serviceAccountToken: object(&SERVICE_ACCOUNT_TOKEN_PROJECTION)
    }
    SERVICE_ACCOUNT_TOKEN_PROJECTION { audience: TEXT, expirationSeconds: kept(NUMBER), path: needed(TEXT) }
    POD_CERTIFICATE_PROJECTION {
        certificateChainPath: TEXT, credentialBundlePath: TEXT, keyPath: TEXT,
        keyType: needed(word(&KEY_TYPE)), maxExpirationSeconds: kept(NUMBER), signerName: needed(TEXT),
        userAnnotations: MAP
    }
    DOWNWARD_API_PROJECTION { items: list(&DOWNWARD_API_VOLUME_FILE) }
    CONFIG_MAP_PROJECTION { items: list(&KEY_TO_PATH), name: needed(TEXT), optional: kept(FLAG) }
    CLUSTER_TRUST_BUNDLE_PROJECTION {
        labelSelector: object(&LABEL_SELECTOR), name: kept(TEXT), optional: kept(FLAG), path: needed(TEXT),
        signerName: kept(TEXT)
    }
    PORTWORX_VOLUME { fsType: TEXT, readOnly: FLAG, volumeID: needed(TEXT) }
    PHOTON_PERSISTENT_DISK_VOLUME { fsType: TEXT, pdID: needed(TEXT) }
    PERSISTENT_VOLUME_CLAIM_VOLUME { claimName: needed(TEXT), readOnly: FLAG }
    NFS_VOLUME { path: needed(TEXT), readOnly: FLAG, server: needed(TEXT) }
    ISCSI_VOLUME {
        chapAuthDiscovery: FLAG, chapAuthSession: FLAG, fsType: TEXT, initiatorName: kept(TEXT),
        iqn: needed(TEXT), iscsiInterface: TEXT, lun: needed(NUMBER), portals: TEXTS, readOnly: FLAG,
        secretRef: object(&LOCAL_OBJECT_REFERENCE), targetPortal: needed(TEXT)
    }
    IMAGE_VOLUME { pullPolicy: word(&PULL_POLICY), reference: TEXT }
    HOST_PATH_VOLUME { path: needed(TEXT), type: kept(word(&HOST_PATH)) }
    GLUSTERFS_VOLUME { endpoints: needed(TEXT), path: needed(TEXT), readOnly: FLAG }
    GIT_REPO_VOLUME { directory: TEXT, repository: needed(TEXT), revision: TEXT }
    GCE_PERSISTENT_DISK_VOLUME { fsType: TEXT, partition: NUMBER, pdName: needed(TEXT), readOnly: FLAG }
    FLOCKER_VOLUME { datasetName: TEXT, datasetUUID: TEXT }
    FLEX_VOLUME {
        driver: needed(TEXT), fsType: TEXT, options: MAP, readOnly: FLAG,
        secretRef: object(&LOCAL_OBJECT_REFERENCE)
    }
    FC_VOLUME { fsType: TEXT, lun: kept(NUMBER), readOnly: FLAG, targetWWNs: TEXTS, wwids: TEXTS }
    EPHEMERAL_VOLUME { volumeClaimTemplate: object(&PERSISTENT_VOLUME_CLAIM_TEMPLATE) }
    PERSISTENT_VOLUME_CLAIM_TEMPLATE {
        metadata: object(&OBJECT_META), spec: needed(object(&PERSISTENT_VOLUME_CLAIM_SPEC))
    }
    PERSISTENT_VOLUME_CLAIM_SPEC {
        accessModes: TEXTS, dataSource: object(&TYPED_LOCAL_OBJECT_REFERENCE),
        dataSourceRef: object(&TYPED_OBJECT_REFERENCE), resources: object(&VOLUME_RESOURCE_REQUIREMENTS),
        selector: object(&LABEL_SELECTOR), storageClassName: kept(TEXT),
        volumeAttributesClassName: kept(TEXT), volumeMode: kept(word(&VOLUME_MODE)), volumeName: TEXT
    }
    VOLUME_RESOURCE_REQUIREMENTS { limits: QUANTITIES, requests: QUANTITIES }
    TYPED_OBJECT_REFERENCE {
        apiGroup: kept(TEXT), kind: needed(TEXT), name: needed(TEXT), namespace: kept(TEXT)
    }
    TYPED_LOCAL_OBJECT_REFERENCE { apiGroup: kept(TEXT), kind: needed(TEXT), name: needed(TEXT) }
    OBJECT_META {
        annotations: MAP, creationTimestamp: TEXT, deletionGracePeriodSeconds: kept(NUMBER),
        deletionTimestamp: TEXT, finalizers: TEXTS, generateName: TEXT, generation: NUMBER, labels: MAP,
        managedFields: list(&MANAGED_FIELDS_ENTRY), name: TEXT, namespace: TEXT,
        ownerReferences: list(&OWNER_REFERENCE), resourceVersion: TEXT, selfLink: TEXT, uid: TEXT
    }
    OWNER_REFERENCE {
        apiVersion: needed(TEXT), blockOwnerDeletion: kept(FLAG), controller: kept(FLAG), kind: needed(TEXT),
        name: needed(TEXT), uid: needed(TEXT)
    }
    MANAGED_FIELDS_ENTRY {
        apiVersion: TEXT, fieldsType: TEXT, fieldsV1: ANY, manager: TEXT, operation: TEXT, subresource: TEXT,
        time: TEXT
    }
    EMPTY_DIR_VOLUME { medium: TEXT, sizeLimit: QUANTITY }
    DOWNWARD_API_VOLUME { defaultMode: kept(NUMBER), items: list(&DOWNWARD_API_VOLUME_FILE) }
    DOWNWARD_API_VOLUME_FILE {
        fieldRef: object(&OBJECT_FIELD_SELECTOR), mode: kept(NUMBER), path: needed(TEXT),
        resourceFieldRef: object(&RESOURCE_FIELD_SELECTOR)
    }
    CSI_VOLUME {
        driver: needed(TEXT), fsType: kept(TEXT), nodePublishSecretRef: object(&LOCAL_OBJECT_REFERENCE),
        readOnly: kept(FLAG), volumeAttributes: MAP
    }
    CONFIG_MAP_VOLUME {
        defaultMode: kept(NUMBER), items: list(&KEY_TO_PATH), name: needed(TEXT), optional: kept(FLAG)
    }
    KEY_TO_PATH { key: needed(TEXT), mode: kept(NUMBER), path: needed(TEXT) }
    CINDER_VOLUME {
        fsType: TEXT, readOnly: FLAG, secretRef: object(&LOCAL_OBJECT_REFERENCE), volumeID: needed(TEXT)
    }
    CEPH_FS_VOLUME {
        monitors: needed(TEXTS), path: TEXT, readOnly: FLAG, secretFile: TEXT,
        secretRef: object(&LOCAL_OBJECT_REFERENCE), user: TEXT
    }
    AZURE_FILE_VOLUME { readOnly: FLAG, secretName: needed(TEXT), shareName: needed(TEXT) }
    AZURE_DISK_VOLUME {
        cachingMode: kept(word(&CACHING)), diskName: needed(TEXT), diskURI: needed(TEXT), fsType: kept(TEXT),
        kind: kept(word(&DISK_KIND)), readOnly: kept(FLAG)
    }
    AWS_ELASTIC_BLOCK_STORE_VOLUME {
        fsType: TEXT, partition: NUMBER, readOnly: FLAG, volumeID: needed(TEXT)
    }
    TOPOLOGY_SPREAD_CONSTRAINT {
        labelSelector: object(&LABEL_SELECTOR), matchLabelKeys: TEXTS, maxSkew: needed(NUMBER),
        minDomains: kept(NUMBER), nodeAffinityPolicy: kept(word(&INCLUSION)),
        nodeTaintsPolicy: kept(word(&INCLUSION)), topologyKey: needed(TEXT),
        whenUnsatisfiable: needed(word(&UNSATISFIABLE))
    }
    TOLERATION {
        effect: word(&EFFECT), key: TEXT, operator: word(&TOLERATES), tolerationSeconds: kept(NUMBER),
        value: TEXT
    }
    POD_SECURITY_CONTEXT {
        appArmorProfile: object(&APP_ARMOR_PROFILE), fsGroup: kept(NUMBER),
        fsGroupChangePolicy: kept(word(&GROUP_CHANGE)), runAsGroup: kept(NUMBER), runAsNonRoot: kept(FLAG),
        runAsUser: kept(NUMBER), seLinuxChangePolicy: kept(word(&LABEL_CHANGE)),
        seLinuxOptions: object(&SE_LINUX_OPTIONS), seccompProfile: object(&APP_ARMOR_PROFILE),
        supplementalGroups: NUMBERS, supplementalGroupsPolicy: kept(word(&GROUPS)),
        sysctls: list(&HTTP_HEADER), windowsOptions: object(&WINDOWS_SECURITY_CONTEXT_OPTIONS)
    }
    POD_SCHEDULING_GROUP { podGroupName: kept(TEXT) }
    POD_SCHEDULING_GATE { name: needed(TEXT) }
    POD_RESOURCE_CLAIM {
        name: needed(TEXT), resourceClaimName: kept(TEXT), resourceClaimTemplateName: kept(TEXT)
    }
    POD_READINESS_GATE { conditionType: needed(TEXT) }
    POD_OS { name: needed(word(&SYSTEM)) }
    LOCAL_OBJECT_REFERENCE { name: needed(TEXT) }
    HOST_ALIAS { hostnames: TEXTS, ip: needed(TEXT) }
    EPHEMERAL_CONTAINER {
        args: TEXTS, command: TEXTS, env: list(&ENV_VAR), envFrom: list(&ENV_FROM_SOURCE), image: TEXT,
        imagePullPolicy: word(&PULL_POLICY), lifecycle: object(&LIFECYCLE), livenessProbe: object(&PROBE),
        name: needed(TEXT), ports: list(&CONTAINER_PORT), readinessProbe: object(&PROBE),
        resizePolicy: list(&CONTAINER_RESIZE_POLICY), resources: object(&RESOURCE_REQUIREMENTS),
        restartPolicy: kept(word(&RESTART_POLICY)), restartPolicyRules: list(&CONTAINER_RESTART_RULE),
        securityContext: object(&SECURITY_CONTEXT), startupProbe: object(&PROBE), stdin: FLAG,
        stdinOnce: FLAG, targetContainerName: TEXT, terminationMessagePath: TEXT,
        terminationMessagePolicy: word(&MESSAGE_POLICY), tty: FLAG, volumeDevices: list(&VOLUME_DEVICE),
        volumeMounts: list(&VOLUME_MOUNT), workingDir: TEXT
    }
    POD_DNS_CONFIG { nameservers: TEXTS, options: list(&POD_DNS_CONFIG_OPTION), searches: TEXTS }
    POD_DNS_CONFIG_OPTION { name: TEXT, value: kept(TEXT) }
    CONTAINER {
        args: TEXTS, command: TEXTS, env: list(&ENV_VAR), envFrom: list(&ENV_FROM_SOURCE), image: TEXT,
        imagePullPolicy: word(&PULL_POLICY), lifecycle: object(&LIFECYCLE), livenessProbe: object(&PROBE),
        name: needed(TEXT), ports: list(&CONTAINER_PORT), readinessProbe: object(&PROBE),
        resizePolicy: list(&CONTAINER_RESIZE_POLICY), resources: object(&RESOURCE_REQUIREMENTS),
        restartPolicy: kept(word(&RESTART_POLICY)), restartPolicyRules: list(&CONTAINER_RESTART_RULE),
        securityContext: object(&SECURITY_CONTEXT), startupProbe: object(&PROBE), stdin: FLAG,
        stdinOnce: FLAG, terminationMessagePath: TEXT, terminationMessagePolicy: word(&MESSAGE_POLICY),
        tty: FLAG, volumeDevices: list(&VOLUME_DEVICE), volumeMounts: list(&VOLUME_MOUNT), workingDir: TEXT
    }
    VOLUME_MOUNT {
        mountPath: needed(TEXT), mountPropagation: kept(word(&PROPAGATION)), name: needed(TEXT),
        readOnly: FLAG, recursiveReadOnly: kept(word(&RECURSIVE)), subPath: TEXT, subPathExpr: TEXT
    }
    VOLUME_DEVICE { devicePath: needed(TEXT), name: needed(TEXT) }
    SECURITY_CONTEXT {
        allowPrivilegeEscalation: kept(FLAG), appArmorProfile: object(&APP_ARMOR_PROFILE),
        capabilities: object(&CAPABILITIES), privileged: kept(FLAG), procMount: kept(word(&PROC_MOUNT)),
        readOnlyRootFilesystem: kept(FLAG), runAsGroup: kept(NUMBER), runAsNonRoot: kept(FLAG),
        runAsUser: kept(NUMBER), seLinuxOptions: object(&SE_LINUX_OPTIONS),
        seccompProfile: object(&APP_ARMOR_PROFILE),
        windowsOptions: object(&WINDOWS_SECURITY_CONTEXT_OPTIONS)
    }
    WINDOWS_SECURITY_CONTEXT_OPTIONS {
        gmsaCredentialSpec: kept(TEXT), gmsaCredentialSpecName: kept(TEXT), hostProcess: kept(FLAG),
        runAsUserName: kept(TEXT)
    }
    SE_LINUX_OPTIONS { level: TEXT, role: TEXT, type: TEXT, user: TEXT }
    CAPABILITIES { add: TEXTS, drop: TEXTS }
    APP_ARMOR_PROFILE { localhostProfile: kept(TEXT), type: needed(word(&PROFILE)) }
    CONTAINER_RESTART_RULE {
        action: needed(word(&RULE_ACTION)), exitCodes: object(&CONTAINER_RESTART_RULE_ON_EXIT_CODES)
    }
    CONTAINER_RESTART_RULE_ON_EXIT_CODES { operator: needed(word(&EXIT_OPERATOR)), values: NUMBERS }
    RESOURCE_REQUIREMENTS { claims: list(&RESOURCE_CLAIM), limits: QUANTITIES, requests: QUANTITIES }
    RESOURCE_CLAIM { name: needed(TEXT), request: TEXT }
    CONTAINER_RESIZE_POLICY { resourceName: needed(TEXT), restartPolicy: needed(word(&RESIZE)) }
    CONTAINER_PORT {
        containerPort: needed(NUMBER), hostIP: TEXT, hostPort: NUMBER, name: TEXT, protocol: word(&PROTOCOL)
    }
    PROBE {
        exec: object(&EXEC_ACTION), failureThreshold: NUMBER, grpc: object(&GRPC_ACTION),
        httpGet: object(&HTTP_GET_ACTION), initialDelaySeconds: NUMBER, periodSeconds: NUMBER,
        successThreshold: NUMBER, tcpSocket: object(&TCP_SOCKET_ACTION),
        terminationGracePeriodSeconds: kept(NUMBER), timeoutSeconds: NUMBER
    }
    GRPC_ACTION { port: needed(NUMBER), service: kept(TEXT) }
    LIFECYCLE {
        postStart: object(&LIFECYCLE_HANDLER), preStop: object(&LIFECYCLE_HANDLER), stopSignal: kept(TEXT)
    }
    LIFECYCLE_HANDLER {
        exec: object(&EXEC_ACTION), httpGet: object(&HTTP_GET_ACTION), sleep: object(&SLEEP_ACTION),
        tcpSocket: object(&TCP_SOCKET_ACTION)
    }
    TCP_SOCKET_ACTION { host: TEXT, port: needed(PORT) }
    SLEEP_ACTION { seconds: needed(NUMBER) }
    HTTP_GET_ACTION {
        host: TEXT, httpHeaders: list(&HTTP_HEADER), path: TEXT, port: needed(PORT), scheme: word(&SCHEME)
    }
    HTTP_HEADER { name: needed(TEXT), value: needed(TEXT) }
    EXEC_ACTION { command: TEXTS }
    ENV_FROM_SOURCE {
        configMapRef: object(&CONFIG_MAP_ENV_SOURCE), prefix: TEXT,
        secretRef: object(&CONFIG_MAP_ENV_SOURCE)
    }
    CONFIG_MAP_ENV_SOURCE { name: needed(TEXT), optional: kept(FLAG) }
    ENV_VAR { name: needed(TEXT), value: TEXT, valueFrom: object(&ENV_VAR_SOURCE) }
    ENV_VAR_SOURCE {
        configMapKeyRef: object(&CONFIG_MAP_KEY_SELECTOR), fieldRef: object(&OBJECT_FIELD_SELECTOR),
        fileKeyRef: object(&FILE_KEY_SELECTOR), resourceFieldRef: object(&RESOURCE_FIELD_SELECTOR),
        secretKeyRef: object(&CONFIG_MAP_KEY_SELECTOR)
    }
    RESOURCE_FIELD_SELECTOR { containerName: TEXT, divisor: QUANTITY, resource: needed(TEXT) }
    FILE_KEY_SELECTOR {
        key: needed(TEXT), optional: kept(FLAG), path: needed(TEXT), volumeName: needed(TEXT)
    }
    OBJECT_FIELD_SELECTOR { apiVersion: TEXT, fieldPath: needed(TEXT) }
    CONFIG_MAP_KEY_SELECTOR { key: needed(TEXT), name: needed(TEXT), optional: kept(FLAG) }
    AFFINITY {
        nodeAffinity: object(&NODE_AFFINITY), podAffinity: object(&POD_AFFINITY),
        podAntiAffinity: object(&POD_AFFINITY)
    }
    POD_AFFINITY {
        preferredDuringSchedulingIgnoredDuringExecution: list(&WEIGHTED_POD_AFFINITY_TERM),
        requiredDuringSchedulingIgnoredDuringExecution: list(&POD_AFFINITY_TERM)
    }
    WEIGHTED_POD_AFFINITY_TERM {
        podAffinityTerm: needed(object(&POD_AFFINITY_TERM)), weight: needed(NUMBER)
    }
    POD_AFFINITY_TERM {
        labelSelector: object(&LABEL_SELECTOR), matchLabelKeys: TEXTS, mismatchLabelKeys: TEXTS,
        namespaceSelector: object(&LABEL_SELECTOR), namespaces: TEXTS, topologyKey: needed(TEXT)
    }
    LABEL_SELECTOR { matchExpressions: list(&LABEL_SELECTOR_REQUIREMENT), matchLabels: MAP }
    LABEL_SELECTOR_REQUIREMENT { key: needed(TEXT), operator: needed(word(&LABEL_OPERATOR)), values: TEXTS }
    NODE_AFFINITY {
        preferredDuringSchedulingIgnoredDuringExecution: list(&PREFERRED_SCHEDULING_TERM),
        requiredDuringSchedulingIgnoredDuringExecution: object(&NODE_SELECTOR)
    }
    NODE_SELECTOR { nodeSelectorTerms: needed(list(&NODE_SELECTOR_TERM)) }
    PREFERRED_SCHEDULING_TERM { preference: needed(object(&NODE_SELECTOR_TERM)), weight: needed(NUMBER) }
    NODE_SELECTOR_TERM {
        matchExpressions: list(&NODE_SELECTOR_REQUIREMENT), matchFields: list(&NODE_SELECTOR_REQUIREMENT)
    }
    NODE_SELECTOR_REQUIREMENT { key: needed(TEXT), operator: needed(word(&NODE_OPERATOR)), values: TEXTS }
}
